using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Nodes;

/// <summary>What a runtime calls a container, or Kubernetes a pod: a namespace, and an id.</summary>
public sealed class Container : IDisposable
{
    private readonly List<IDisposable> _inside = [];

    private bool _isGone;

    internal Container(Node node, string label)
    {
        Id = label;
        Namespace = NetworkNamespace.Create(label);
        node.Prepare(this);
    }

    /// <summary>The container id.</summary>
    public string Id { get; }

    /// <summary>Its namespace.</summary>
    public NetworkNamespace Namespace { get; }

    /// <summary>Records all its interfaces, present and future.</summary>
    public Capture Capture(string label) => Keep(Wire.Capture.Start(Namespace, null, label));

    /// <summary>Lets something inside the container end with it: an open socket keeps a namespace alive.</summary>
    public T Keep<T>(T inside)
        where T : IDisposable
    {
        _inside.Add(inside);
        return inside;
    }

    /// <summary>
    /// What happens when a container is killed and its runtime does not tell the plugins: the namespace and all that is
    /// in it go.
    /// </summary>
    public void Dispose()
    {
        if (_isGone)
            return;
        _isGone = true;
        foreach (var inside in _inside)
            inside.Dispose();
        Namespace.Dispose();
    }
}
