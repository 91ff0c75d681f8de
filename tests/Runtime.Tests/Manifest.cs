using TransparentCni.Lab.Runtimes.Cri;
using YamlDotNet.RepresentationModel;

namespace TransparentCni.Runtime.Tests;

/// <summary>A DaemonSet of one container, as the kubelet makes a pod of it.</summary>
internal static class Manifest
{
    /// <summary>What a kubelet asks the runtime for.</summary>
    public static NodePodRequest Read(string file)
    {
        var stream = new YamlStream();
        using (var reader = File.OpenText(file))
            stream.Load(reader);
        var document = Assert.Single(stream.Documents).RootNode;
        var pod = At(document, "spec", "template", "spec");
        Assert.Equal(("DaemonSet", "true"), (Text(document, "kind"), Text(pod, "hostNetwork")));
        var container = Assert.Single((YamlSequenceNode)At(pod, "containers"));
        var security = At(container, "securityContext");
        var volumes = ((YamlSequenceNode)At(pod, "volumes")).ToDictionary(volume => Text(volume, "name"), volume => Text(volume, "hostPath", "path"));
        return new NodePodRequest(Text(document, "metadata", "name"), Text(container, "image"))
        {
            Arguments = [.. ((YamlSequenceNode)At(container, "args")).Select(argument => argument.ToString())],
            Mounts = [.. ((YamlSequenceNode)At(container, "volumeMounts")).Select(mount =>
                (volumes[Text(mount, "name")], Text(mount, "mountPath"), ((YamlMappingNode)mount).Children.ContainsKey("readOnly")))],
            Dropped = [.. ((YamlSequenceNode)At(security, "capabilities", "drop")).Select(capability => capability.ToString())],
            IsPrivileged = Text(security, "privileged") != "false",
            HasNoNewPrivileges = Text(security, "allowPrivilegeEscalation") == "false",
            HasReadOnlyRoot = Text(security, "readOnlyRootFilesystem") == "true",
            MemoryLimit = Mebibytes(Text(container, "resources", "limits", "memory")) << 20,
        };
    }

    private static ulong Mebibytes(string quantity) => ulong.Parse(quantity.Replace("Mi", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);

    private static YamlNode At(YamlNode node, params string[] keys) => keys.Aggregate(node, (at, key) => at[key]);

    private static string Text(YamlNode node, params string[] keys) => At(node, keys).ToString();
}
