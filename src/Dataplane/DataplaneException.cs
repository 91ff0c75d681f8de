namespace TransparentCni.Dataplane;

/// <summary>What kind of trouble it is, for callers that have codes of their own to answer with.</summary>
public enum Trouble
{
    /// <summary>The namespace that was named is none, or is the node's own.</summary>
    BadNamespace,

    /// <summary>What was asked for cannot be: it contradicts what is there.</summary>
    Conflict,

    /// <summary>An interface or address that should be there is not.</summary>
    Missing,

    /// <summary>The kernel refused, or cannot do it.</summary>
    Kernel,

    /// <summary>The state directory cannot be read or written.</summary>
    State,

    /// <summary>Others hold the node's lock for too long; the same call may go through later.</summary>
    Busy,
}

/// <summary>Says what was tried, on what, why it failed, and what to do.</summary>
public sealed class DataplaneException(Trouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of trouble it is.</summary>
    public Trouble Trouble { get; } = trouble;
}
