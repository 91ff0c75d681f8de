namespace TransparentCni.Lab.Runtimes.Cri;

/// <summary>A container of a pod that has the node's network, as a manifest asks for it.</summary>
/// <param name="Name">The pod's name, and the container's.</param>
/// <param name="Image">The image.</param>
public sealed record NodePodRequest(string Name, string Image)
{
    /// <summary><c>args</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Directories of the node: the path there, the path in the container, whether it is for reading alone.</summary>
    public IReadOnlyList<(string OnNode, string Inside, bool IsReadOnly)> Mounts { get; init; } = [];

    /// <summary><c>capabilities.drop</c>.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];

    /// <summary><c>privileged</c>.</summary>
    public bool IsPrivileged { get; init; }

    /// <summary>The opposite of <c>allowPrivilegeEscalation</c>.</summary>
    public bool HasNoNewPrivileges { get; init; }

    /// <summary><c>readOnlyRootFilesystem</c>.</summary>
    public bool HasReadOnlyRoot { get; init; }

    /// <summary><c>limits.memory</c>, in bytes; 0: none.</summary>
    public ulong MemoryLimit { get; init; }

    /// <summary>The cgroup above the pod's.</summary>
    internal string CgroupParent { get; init; } = "";

    /// <summary>Where the runtime writes what it prints: in this directory, a file <c>log</c>.</summary>
    internal string LogDirectory { get; init; } = "";
}

/// <content>Containers of pods that have the node's network.</content>
internal sealed partial class CriClient
{
    private const ulong Node = 2;

    /// <summary>Makes and starts a pod with one container.</summary>
    /// <returns>The sandbox's id, and the container's.</returns>
    public (string Sandbox, string Container) RunNodePod(NodePodRequest pod)
    {
        var inNodesNetwork = new ProtoWriter().Number(1, Node);
        var sandbox = new ProtoWriter()
            .Message(1, new ProtoWriter().Text(1, pod.Name).Text(2, $"uid-{pod.Name}").Text(3, "kube-system"))
            .Text(3, pod.LogDirectory)
            .Message(8, new ProtoWriter().Text(1, pod.CgroupParent).Message(2, new ProtoWriter().Message(1, inNodesNetwork)));
        var id = Call("RunPodSandbox", new ProtoWriter().Message(1, sandbox)).Text(1);
        var request = new ProtoWriter().Text(1, id).Message(2, Container(pod, inNodesNetwork)).Message(3, sandbox);
        var container = Call("CreateContainer", request).Text(1);
        Call("StartContainer", new ProtoWriter().Text(1, container));
        return (id, container);
    }

    /// <summary>Ends a container as the kubelet does, and removes it.</summary>
    /// <returns>Its exit code.</returns>
    public int EndContainer(string id, TimeSpan patience)
    {
        Call("StopContainer", new ProtoWriter().Text(1, id).Number(2, (ulong)patience.TotalSeconds));
        var exit = (int)Call("ContainerStatus", new ProtoWriter().Text(1, id)).Message(1).Number(7);
        Call("RemoveContainer", new ProtoWriter().Text(1, id));
        return exit;
    }

    private static ProtoWriter Container(NodePodRequest pod, ProtoWriter namespaces)
    {
        var config = new ProtoWriter()
            .Message(1, new ProtoWriter().Text(1, pod.Name))
            .Message(2, new ProtoWriter().Text(1, pod.Image));
        foreach (var argument in pod.Arguments)
            config.Text(4, argument);
        foreach (var (onNode, inside, isReadOnly) in pod.Mounts)
            config.Message(7, new ProtoWriter().Text(1, inside).Text(2, onNode).Number(3, isReadOnly ? 1u : 0));
        return config.Text(11, "log").Message(15, new ProtoWriter()
            .Message(1, new ProtoWriter().Number(4, pod.MemoryLimit))
            .Message(2, Security(pod, namespaces)));
    }

    private static ProtoWriter Security(NodePodRequest pod, ProtoWriter namespaces)
    {
        var capabilities = new ProtoWriter();
        foreach (var dropped in pod.Dropped)
            capabilities.Text(2, dropped);
        // An empty profile is the runtime's own.
        return new ProtoWriter().Message(1, capabilities).Number(2, pod.IsPrivileged ? 1u : 0).Message(3, namespaces)
            .Number(7, pod.HasReadOnlyRoot ? 1u : 0).Number(11, pod.HasNoNewPrivileges ? 1u : 0).Message(15, new ProtoWriter());
    }
}
