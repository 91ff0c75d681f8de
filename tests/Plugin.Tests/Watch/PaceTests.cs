using TransparentCni.Plugin.Watch;

namespace TransparentCni.Plugin.Tests.Watch;

public sealed class PaceTests
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private readonly Clock _clock = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(s_shortest, s_longest, _clock);

    [Fact]
    public void Rare_looks_come_soon()
    {
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(s_shortest, _pace.Next());
            _clock.Now += TimeSpan.FromSeconds(3);
        }
    }

    [Fact]
    public void Looks_that_follow_each_other_come_ever_later_up_to_a_second()
    {
        List<TimeSpan> rests = [];
        for (var i = 0; i < 20; i++)
        {
            rests.Add(_pace.Next());
            _clock.Now += rests[^1];
        }

        Assert.All(rests[..5], rest => Assert.Equal(s_shortest, rest));
        Assert.Equal(rests.Order(), rests);
        Assert.All(rests[10..], rest => Assert.Equal(s_longest, rest));
    }

    [Fact]
    public void After_a_quiet_time_they_come_soon_again()
    {
        for (var i = 0; i < 20; i++)
            _pace.Next();
        Assert.Equal(s_longest, _pace.Next());
        _clock.Now += TimeSpan.FromSeconds(3);
        Assert.Equal(s_shortest, _pace.Next());
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
