namespace TransparentCni.Dataplane;

/// <summary>
/// Counts what a <see cref="NodeMonitor"/> hears of the node's links, routes, rules and nexthops, whoever's they are. As long
/// as the count stands, a look at them would find what the one before has found. One monitor at a time counts; anybody may read.
/// </summary>
public sealed class Hearing
{
    private long _count;
    private volatile bool _listens;

    /// <summary>How much has been heard; null while nobody listens, so that anything may have changed.</summary>
    public long? Count => _listens ? Volatile.Read(ref _count) : null;

    // What was before it listens has not been heard: that counts as a change.
    internal void Begin()
    {
        Change();
        _listens = true;
    }

    internal void Change() => Interlocked.Increment(ref _count);

    internal void End() => _listens = false;
}
