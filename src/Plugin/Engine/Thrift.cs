namespace TransparentCni.Plugin.Engine;

/// <summary>
/// Gives memory back. Descriptions of hundreds of containers and of networks with hundreds of members are bursts of
/// short-lived objects; what they took would stay with the collector for as long as nothing else happens.
/// </summary>
internal sealed class Thrift
{
    // Amid work a pause of some milliseconds must be worth more than after it.
    private const long WorthItAfterwards = 4 << 20;
    private const long WorthItAmidst = 8 << 20;

    private long _allocated;

    /// <summary>After a piece of work, with others going on.</summary>
    public void Amidst() => Collect(WorthItAmidst);

    /// <summary>After work, when nothing else is expected.</summary>
    public void Afterwards() => Collect(WorthItAfterwards);

    private void Collect(long worth)
    {
        var (before, allocated) = (Interlocked.Read(ref _allocated), GC.GetTotalAllocatedBytes());
        if (allocated - before < worth || Interlocked.CompareExchange(ref _allocated, allocated, before) != before)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
