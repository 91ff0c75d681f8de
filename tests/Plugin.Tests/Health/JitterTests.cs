using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Tests.Health;

public sealed class JitterTests
{
    private const int Times = 1000;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    [Fact]
    public void Intervals_are_spread_over_a_tenth_more_and_less_and_keep_their_length_in_the_long_run()
    {
        var random = new Random(1);
        var intervals = Enumerable.Range(0, Times).Select(_ => Jitter.Next(s_interval, random) / s_interval).ToList();
        Assert.All(intervals, interval => Assert.InRange(interval, 0.9, 1.1));
        Assert.True(intervals.Min() < 0.91 && intervals.Max() > 1.09, $"{intervals.Min()} to {intervals.Max()}");
        Assert.InRange(intervals.Average(), 0.99, 1.01);
    }

    [Fact]
    public void The_first_time_comes_soon_and_not_for_all_at_once()
    {
        var random = new Random(1);
        var first = Enumerable.Range(0, Times).Select(_ => Jitter.First(s_interval, random) / s_interval).ToList();
        Assert.All(first, delay => Assert.InRange(delay, 0, 0.1));
        Assert.True(first.Max() - first.Min() > 0.09, $"{first.Min()} to {first.Max()}");
    }
}
