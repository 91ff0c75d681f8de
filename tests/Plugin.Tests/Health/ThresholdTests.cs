using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Tests.Health;

public sealed class ThresholdTests
{
    private readonly Threshold _threshold = new();

    [Fact]
    public void One_answer_is_proof()
    {
        Assert.Null(_threshold.IsUp);
        Assert.True(_threshold.Take(true));
        Assert.True(_threshold.IsUp);
        Assert.False(_threshold.Take(true));
    }

    [Fact]
    public void One_failure_is_chance_and_two_in_a_row_are_not()
    {
        _threshold.Take(true);
        Assert.False(_threshold.Take(false));
        Assert.True(_threshold.IsUp);
        Assert.False(_threshold.Take(true));
        Assert.False(_threshold.Take(false));
        Assert.True(_threshold.Take(false));
        Assert.False(_threshold.IsUp);
        Assert.False(_threshold.Take(false));
        Assert.True(_threshold.Take(true));
        Assert.True(_threshold.IsUp);
    }

    [Fact]
    public void Before_the_first_verdict_one_failure_says_nothing()
    {
        Assert.False(_threshold.Take(false));
        Assert.Null(_threshold.IsUp);
        Assert.True(_threshold.Take(false));
        Assert.False(_threshold.IsUp);
    }
}
