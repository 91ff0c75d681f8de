using System.Text.Json.Nodes;

namespace TransparentCni.Lab.Cni;

/// <summary>
/// What one runtime does differently from another within the specification: read in their sources, and seen where they
/// run here. All of them set every variable, those without a value to nothing (libcni, <c>pkg/invoke/args.go</c>).
/// </summary>
public sealed record Dialect(string Name)
{
    /// <summary>One that says no more than it must.</summary>
    public static Dialect Plain { get; } = new("plain") { SetsAllVariables = false };

    /// <summary>containerd with its CRI: STATUS before each pod, as it asks every few seconds since 2.0.</summary>
    public static Dialect Containerd { get; } = new("containerd") { Arguments = KubernetesArguments, AsksStatus = true };

    /// <summary>CRI-O: probes the version at load, collects garbage at start, and checks each attachment it has just made.</summary>
    public static Dialect CriO { get; } = new("cri-o") { Arguments = KubernetesArguments, ProbesVersion = true, CollectsGarbage = true, ChecksAfterAdd = true };

    /// <summary>nerdctl: names a process's namespace, and takes down what it is about to set up.</summary>
    public static Dialect Nerdctl { get; } = new("nerdctl") { DeletesBeforeAdd = true, NamesProcesses = true };

    /// <summary>Podman with its CNI backend: probes the version, and has no capability of annotations.</summary>
    public static Dialect Podman { get; } = new("podman")
    {
        Arguments = id => $"IgnoreUnknown=1;K8S_POD_NAME={id}",
        ProbesVersion = true,
        HandsAnnotationsOver = false,
    };

    /// <summary>Those of real runtimes.</summary>
    public static IReadOnlyList<Dialect> All { get; } = [Containerd, CriO, Nerdctl, Podman];

    /// <summary>CNI_ARGS of a container.</summary>
    public Func<string, string> Arguments { get; init; } = _ => "";

    /// <summary>Whether variables without a value are set all the same.</summary>
    public bool SetsAllVariables { get; init; } = true;

    /// <summary>Whether VERSION is asked before anything else.</summary>
    public bool ProbesVersion { get; init; }

    /// <summary>Whether STATUS is asked before ADD, of networks of version 1.1.0 or newer.</summary>
    public bool AsksStatus { get; init; }

    /// <summary>Whether GC is called before the first ADD, of networks of version 1.1.0 or newer.</summary>
    public bool CollectsGarbage { get; init; }

    /// <summary>Whether CHECK follows each ADD.</summary>
    public bool ChecksAfterAdd { get; init; }

    /// <summary>Whether DEL precedes each ADD.</summary>
    public bool DeletesBeforeAdd { get; init; }

    /// <summary>Whether a namespace is named by a process in it.</summary>
    public bool NamesProcesses { get; init; }

    /// <summary>Whether pods' annotations reach plugins that ask for them.</summary>
    public bool HandsAnnotationsOver { get; init; } = true;

    internal Dictionary<string, string> Variables(IReadOnlyDictionary<string, string> given, string? container)
    {
        Dictionary<string, string> variables = [];
        if (SetsAllVariables)
        {
            foreach (var name in new[] { "CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME" })
                variables[name] = "";
            variables["CNI_ARGS"] = container is null ? "" : Arguments(container);
        }

        foreach (var (name, value) in given)
            variables[name] = value;
        return variables;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>What GC is given: the same list under the name of the specification and under an older one.</summary>
    internal static void AddValid(JsonObject config, IEnumerable<Attachment> valid)
    {
        foreach (var key in new[] { "cni.dev/valid-attachments", "cni.dev/attachments" })
        {
            config[key] = new JsonArray([.. valid.Select(attachment => new JsonObject
            {
                ["containerID"] = attachment.Request.ContainerId,
                ["ifname"] = attachment.Request.InterfaceName,
            })]);
        }
    }

    private static string KubernetesArguments(string id) =>
        $"IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=pod-{id};K8S_POD_INFRA_CONTAINER_ID={id};K8S_POD_UID=0f3a4c1e-7c57-4a6e-9d0c-6d8f1a2b3c4d";
}
