using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using YamlDotNet.RepresentationModel;

namespace TransparentCni.Runtime.Tests;

/// <summary>What is for clusters and does not run here, read by the programs that read it there.</summary>
public sealed class ClusterFilesTests
{
    public static TheoryData<string> Manifests => ["kind/install.yaml", "kind/uninstall.yaml", "k3s/install.yaml", "k3s/uninstall.yaml"];

    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Path.Combine(Repository.Root, "build")).Order().Select(file => $"build/{Path.GetFileName(file)}"), ".ci/run", "tests/kind/run", "tests/k3s/run"];

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Kubectl_knows_every_key_of_a_manifest(string name)
    {
        var file = Path.Combine(Repository.Root, "cni-conf", name);
        // Read into Kubernetes' own types: a key that they lack is not in what it prints.
        var read = Command.Run(new Command(
            Path.Combine(Repository.Root, "obj/newer/usr/bin/kubectl"), "set", "image", "--local", "--filename", file, "--output", "json", "*=another:1")).Required();
        var stream = new YamlStream();
        using (var reader = File.OpenText(file))
            stream.Load(reader);
        Assert.Empty(Lost(Assert.Single(stream.Documents).RootNode, JsonNode.Parse(read.Output), ""));
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_has_no_faults_that_can_be_seen(string script)
    {
        var verdict = Command.Run(new Command("shellcheck", "--external-sources", "--source-path", Repository.Root, "--severity", "warning", Path.Combine(Repository.Root, script)));
        Assert.Equal((0, ""), (verdict.ExitCode, verdict.Output.Trim()));
    }

    private static IEnumerable<string> Lost(YamlNode written, JsonNode? read, string at) => written switch
    {
        YamlMappingNode map => map.Children.SelectMany(pair => Lost(pair.Value, (read as JsonObject)?[$"{pair.Key}"], $"{at}.{pair.Key}")),
        YamlSequenceNode list => list.Children.SelectMany((item, i) => Lost(item, (read as JsonArray)?[i], $"{at}[{i}]")),
        _ when at.EndsWith(".image", StringComparison.Ordinal) => [],
        _ => $"{written}" == $"{read}" ? [] : [$"{at}: {written}, not {read}"],
    };
}
