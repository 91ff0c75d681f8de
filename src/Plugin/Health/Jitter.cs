namespace TransparentCni.Plugin.Health;

/// <summary>Moments of one's own for each of many that ask again and again, so that they do not ask all at once.</summary>
internal static class Jitter
{
    private const double Share = 0.1;

    /// <summary>Before the first time: the moment in which the daemon starts is the same for all.</summary>
    public static TimeSpan First(TimeSpan interval, Random random) => interval * (Share * random.NextDouble());

    /// <summary>From one time to the next: the interval, a tenth more or less at most.</summary>
    public static TimeSpan Next(TimeSpan interval, Random random) => interval * (1 - Share + (2 * Share * random.NextDouble()));
}
