using TransparentCni.Dataplane;

namespace TransparentCni.Plugin.Engine;

/// <summary>What goes first.</summary>
internal enum Urgency
{
    /// <summary>A container is about to start: what it sends must be held to its policy before.</summary>
    Guard,

    /// <summary>A container waits for its link.</summary>
    Wire,

    /// <summary>What is left of a container that is gone.</summary>
    Remove,

    /// <summary>A look at everything.</summary>
    Inspect,
}

/// <summary>The node's dataplane, one call at a time.</summary>
internal interface IDataplane
{
    /// <summary>Does some work on the dataplane when its turn comes, on the dataplane's thread.</summary>
    /// <returns>Its result; what it throws is thrown to whoever awaits it.</returns>
    public Task<T> Run<T>(Urgency urgency, Func<NodeDataplane, T> work);

    /// <summary>Looks at everything, as long as nobody waits for something more urgent.</summary>
    /// <returns>Its result; <see cref="OperationCanceledException"/> where somebody did, and the look ended early.</returns>
    public Task<T> Look<T>(Func<NodeDataplane, CancellationToken, T> look) =>
        Run(Urgency.Inspect, node => look(node, CancellationToken.None));
}
