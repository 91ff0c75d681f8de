using System.Net;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Runtimes.Cri;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Runtimes;

/// <summary>A pod's sandbox that a runtime has made.</summary>
public sealed class Pod : IEndpoint
{
    private readonly List<IDisposable> _inside = [];

    internal Pod(PodRequest request, string id, SandboxStatus status, NetworkNamespace node)
    {
        Request = request;
        Id = id;
        Namespace = NetworkNamespace.At(status.NetnsPath);
        Addresses = status.Addresses;
        HostInterface = Links.NodeEndName(Namespace, "eth0", node);
    }

    /// <summary>What was asked for.</summary>
    public PodRequest Request { get; }

    /// <summary>The sandbox's id.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public NetworkNamespace Namespace { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>The node's end of its link.</summary>
    public string HostInterface { get; }

    /// <summary>The number of the node's end of the link that traffic crosses it by, if it is a proxy.</summary>
    public int ProxyInterface => Links.NodeEnd(Namespace, "tproxy0") ?? Links.NodeEnd(Namespace, "eth0")!.Value;

    /// <summary>Records all its interfaces, present and future.</summary>
    public Capture Capture(string label) => Keep(Wire.Capture.Start(Namespace, null, label));

    /// <summary>Lets something inside end with the pod: an open socket keeps a namespace alive.</summary>
    public T Keep<T>(T inside)
        where T : IDisposable
    {
        lock (_inside)
            _inside.Add(inside);
        return inside;
    }

    internal void EndInside()
    {
        lock (_inside)
        {
            foreach (var inside in _inside)
                inside.Dispose();
            _inside.Clear();
        }
    }
}
