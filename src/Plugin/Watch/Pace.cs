namespace TransparentCni.Plugin.Watch;

/// <summary>
/// How long to rest before the next look: short as long as looks are rare, twice as long each time where they follow
/// each other, so that two who undo each other's work do not take the machine.
/// </summary>
/// <param name="shortest">The rest in quiet times.</param>
/// <param name="longest">The longest.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeSpan shortest, TimeSpan longest, TimeProvider? time = null)
{
    // So many looks may follow each other before they are taken for a quarrel.
    private const int Free = 5;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _last;
    private int _followed;

    /// <summary>The rest before the look that is due now.</summary>
    public TimeSpan Next()
    {
        var now = _time.GetTimestamp();
        var isQuiet = _last == 0 || _time.GetElapsedTime(_last, now) > 2 * longest;
        _last = now;
        _followed = isQuiet ? 0 : Math.Min(_followed + 1, 30);
        if (_followed < Free)
            return shortest;
        var rest = shortest * Math.Pow(2, _followed - Free + 1);
        return rest < longest ? rest : longest;
    }
}
