using System.Net;
using System.Text.Json.Nodes;

namespace TransparentCni.Lab.Runtimes.Cri;

/// <summary>What a kubelet asks of a runtime for a pod.</summary>
/// <param name="Name">The pod's name.</param>
/// <param name="Handler">The runtime handler; each may have networks of its own.</param>
public sealed record PodRequest(string Name, string Handler = "")
{
    /// <summary>The pod's annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Published TCP ports: on the node, in the pod.</summary>
    public IReadOnlyList<(int Host, int Container)> Ports { get; init; } = [];

    /// <summary>How often the pod was made anew: a kubelet counts, the name stays.</summary>
    public uint Attempt { get; init; }

    /// <summary>The cgroup above the pod's.</summary>
    internal string CgroupParent { get; init; } = "";
}

/// <summary>What a runtime says of a sandbox.</summary>
/// <param name="Ready">Whether it runs.</param>
/// <param name="Addresses">Its addresses; none where it does not run.</param>
/// <param name="NetnsPath">The file of its network namespace.</param>
internal sealed record SandboxStatus(bool Ready, IReadOnlyList<IPAddress> Addresses, string NetnsPath);

/// <summary>
/// The calls of the kubelet that make and remove pods: <c>runtime.v1.RuntimeService</c>, field numbers as in
/// <c>k8s.io/cri-api/pkg/apis/runtime/v1/api.proto</c>.
/// </summary>
internal sealed partial class CriClient(string socket) : IDisposable
{
    private const string Service = "runtime.v1.RuntimeService";
    private const int NotFound = 5;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private readonly GrpcClient _grpc = new(socket);

    /// <summary>Makes and starts a sandbox.</summary>
    /// <returns>Its id.</returns>
    public string RunPodSandbox(PodRequest pod)
    {
        var config = new ProtoWriter()
            .Message(1, new ProtoWriter().Text(1, pod.Name).Text(2, $"uid-{pod.Name}").Text(3, "default").Number(4, pod.Attempt))
            .Text(2, pod.Name);
        foreach (var (host, container) in pod.Ports)
            config.Message(5, new ProtoWriter().Number(2, (ulong)container).Number(3, (ulong)host));
        config.Map(7, pod.Annotations).Message(8, new ProtoWriter().Text(1, pod.CgroupParent));
        return Call("RunPodSandbox", new ProtoWriter().Message(1, config).Text(2, pod.Handler)).Text(1);
    }

    /// <summary>Stops a sandbox and takes its network down.</summary>
    public void StopPodSandbox(string id) => Call("StopPodSandbox", new ProtoWriter().Text(1, id));

    /// <summary>Removes a sandbox.</summary>
    public void RemovePodSandbox(string id) => Call("RemovePodSandbox", new ProtoWriter().Text(1, id));

    /// <summary>What there is of a sandbox; null: nothing.</summary>
    public SandboxStatus? PodSandboxStatus(string id)
    {
        try
        {
            var answer = Call("PodSandboxStatus", new ProtoWriter().Text(1, id).Number(2, 1));
            var status = answer.Message(1);
            var network = status.Message(5);
            var addresses = network.Messages(2).Select(ip => ip.Text(1)).Prepend(network.Text(1)).Where(ip => ip.Length > 0);
            return new SandboxStatus(status.Number(3) == 0, [.. addresses.Select(IPAddress.Parse)], NetnsPath(answer.Map(2)["info"]));
        }
        catch (GrpcException exception) when (exception.Status == NotFound)
        {
            return null;
        }
    }

    /// <summary>The sandboxes that there are: their ids, and whether they run.</summary>
    public IReadOnlyList<(string Id, bool Ready)> ListPodSandbox() =>
        [.. Call("ListPodSandbox", new ProtoWriter()).Messages(1).Select(item => (item.Text(1), item.Number(3) == 0))];

    /// <summary>The conditions that do not hold, in the runtime's own words; none: it is ready.</summary>
    public IReadOnlyList<string> UnmetConditions() =>
        [.. Call("Status", new ProtoWriter()).Message(1).Messages(1)
            .Where(condition => condition.Number(2) == 0)
            .Select(condition => $"{condition.Text(1)}: {condition.Text(3)}: {condition.Text(4)}")];

    /// <summary>The networks as the runtime has read them, in its own words.</summary>
    public string Networks() => Call("Status", new ProtoWriter().Number(1, 1)).Map(2)["cniconfig"];

    /// <inheritdoc/>
    public void Dispose() => _grpc.Dispose();

    private static string NetnsPath(string info) =>
        JsonNode.Parse(info)?["runtimeSpec"]?["linux"]?["namespaces"]?.AsArray()
            .Where(space => (string?)space!["type"] == "network")
            .Select(space => (string?)space!["path"])
            .FirstOrDefault() ?? "";

    private ProtoReader Call(string method, ProtoWriter request) => _grpc.Call(Service, method, request, s_limit);
}
