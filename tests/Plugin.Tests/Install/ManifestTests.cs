using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using YamlDotNet.RepresentationModel;

namespace TransparentCni.Plugin.Tests.Install;

/// <summary>
/// The ready files for kind and k3s: what a cluster would be told, and what the native executable does with the very
/// arguments and directories of it, in a directory tree in place of a node's.
/// </summary>
public sealed class ManifestTests
{
    // What is waited for is on disk (fsync(2)), which takes long where others write a lot.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string, string> Distributions => new() { { "kind", "10-kindnet.conflist" }, { "k3s", "10-flannel.conflist" } };

    public static TheoryData<string> Manifests => ["kind/install.yaml", "kind/uninstall.yaml", "k3s/install.yaml", "k3s/uninstall.yaml"];

    [Theory]
    [MemberData(nameof(Manifests))]
    public void A_manifest_asks_for_no_right_that_it_does_not_need(string manifest)
    {
        var document = Load(manifest);
        Assert.Equal("DaemonSet", Text(document, "kind"));
        Assert.Equal(Text(document, "spec", "selector", "matchLabels", "app.kubernetes.io/name"), Text(document, "spec", "template", "metadata", "labels", "app.kubernetes.io/name"));
        var pod = (YamlMappingNode)At(document, "spec", "template", "spec");
        Assert.Equal("false", Text(pod, "automountServiceAccountToken"));
        Assert.DoesNotContain(pod.Children.Keys, key => key.ToString() is "hostPID" or "hostIPC" or "serviceAccountName");
        var container = Assert.Single((YamlSequenceNode)At(pod, "containers"));
        var security = At(container, "securityContext");
        Assert.Equal("ALL", Assert.Single((YamlSequenceNode)At(security, "capabilities", "drop")).ToString());
        Assert.Single(((YamlMappingNode)At(security, "capabilities")).Children);
        Assert.Equal(
            ("false", "false", "true", "RuntimeDefault"),
            (Text(security, "privileged"), Text(security, "allowPrivilegeEscalation"), Text(security, "readOnlyRootFilesystem"), Text(security, "seccompProfile", "type")));
        Assert.DoesNotContain(((YamlMappingNode)container).Children.Keys, key => key.ToString() is "command" or "ports" or "env");
        Assert.Equal(
            Volumes(pod).Keys.Order(),
            ((YamlSequenceNode)At(container, "volumeMounts")).Select(mount => Text(mount, "name")).Order());
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void What_a_manifest_says_makes_the_ready_conflist_of_the_runtimes_own_and_unmakes_it(string distribution, string name)
    {
        using var tree = new TemporaryDirectory();
        var install = Arguments($"{distribution}/install.yaml", tree.Path);
        var ready = File.ReadAllText(Path.Join(Repository.Root, "cni-conf", distribution, name));
        var file = Path.Join(Volumes(Pod($"{distribution}/install.yaml"))["conf"].Below(tree.Path), name);
        var before = WithoutEntry(ready);
        File.WriteAllText(file, before);

        using (var installer = Start(install, tree))
        {
            installer.WaitUntil(() => Same(file, ready), s_patience, "the entry is there");
            File.WriteAllText(file, before);
            installer.WaitUntil(() => Same(file, ready), s_patience, "the entry is there again");
            Assert.Equal(0, installer.Stop(s_patience));
        }

        var executable = Path.Join(Volumes(Pod($"{distribution}/install.yaml"))["bin"].Below(tree.Path), "tproxy");
        var version = Command.Run(new Command(executable) { Environment = new Dictionary<string, string> { ["CNI_COMMAND"] = "VERSION" } }).Required();
        Assert.Contains("\"supportedVersions\"", version.Output, StringComparison.Ordinal);

        using var uninstaller = Start(Arguments($"{distribution}/uninstall.yaml", tree.Path), tree);
        uninstaller.WaitUntil(() => !File.Exists(executable), s_patience, "the executable is gone");
        Assert.Equal(before, File.ReadAllText(file));
        Assert.Equal(0, uninstaller.Stop(s_patience));
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("k3s")]
    public void The_script_for_a_real_cluster_says_that_it_did_not_run_where_there_is_none(string distribution)
    {
        using var path = new TemporaryDirectory();
        File.CreateSymbolicLink(path.File("dirname"), "/usr/bin/dirname");
        var script = Path.Join(Repository.Root, "tests", distribution, "run");
        var result = Command.Run(new Command("/bin/sh", script) { Environment = new Dictionary<string, string> { ["PATH"] = path.Path } });
        Assert.Equal((75, ""), (result.ExitCode, result.Output));
        Assert.Contains($"NOT RUN: this machine lacks {distribution}", result.Error, StringComparison.Ordinal);
    }

    private static BackgroundProgram Start(string[] arguments, TemporaryDirectory tree) =>
        BackgroundProgram.Start(new Command(Path.Join(Repository.Root, "out", "bin", "tproxyd"), arguments), tree.File("log"));

    // A writer truncates first.
    private static bool Same(string file, string text)
    {
        try
        {
            return JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(file)), JsonNode.Parse(text));
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static string WithoutEntry(string conflist)
    {
        var json = JsonNode.Parse(conflist)!;
        var plugins = json["plugins"]!.AsArray();
        plugins.Remove(plugins.Single(plugin => (string?)plugin!["type"] == "tproxy"));
        return json.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true });
    }

    // The container's paths, in the places of the node's directories that are mounted there.
    private static string[] Arguments(string manifest, string tree)
    {
        var pod = Pod(manifest);
        var container = ((YamlSequenceNode)At(pod, "containers")).Single();
        var volumes = Volumes(pod);
        var mounts = ((YamlSequenceNode)At(container, "volumeMounts"))
            .ToDictionary(mount => Text(mount, "mountPath"), mount => volumes[Text(mount, "name")].Below(tree));
        foreach (var directory in mounts.Values)
            Directory.CreateDirectory(directory);
        mounts["/usr/local/bin/tproxy"] = Path.Join(Repository.Root, "out", "bin", "tproxy");
        return [.. ((YamlSequenceNode)At(container, "args")).Select(argument => mounts.Aggregate(
            argument.ToString(), (text, mount) => text.EndsWith($"={mount.Key}", StringComparison.Ordinal) ? text.Replace(mount.Key, mount.Value, StringComparison.Ordinal) : text))];
    }

    private static Dictionary<string, HostPath> Volumes(YamlNode pod) => ((YamlSequenceNode)At(pod, "volumes"))
        .ToDictionary(volume => Text(volume, "name"), volume => new HostPath(Text(volume, "hostPath", "path")));

    private static YamlNode Pod(string manifest) => At(Load(manifest), "spec", "template", "spec");

    private static YamlNode Load(string manifest)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Path.Join(Repository.Root, "cni-conf", manifest));
        stream.Load(reader);
        return Assert.Single(stream.Documents).RootNode;
    }

    private static YamlNode At(YamlNode node, params string[] keys) => keys.Aggregate(node, (at, key) => at[key]);

    private static string Text(YamlNode node, params string[] keys) => At(node, keys).ToString();

    private sealed record HostPath(string Path)
    {
        public string Below(string tree) => System.IO.Path.Join(tree, Path);
    }
}
