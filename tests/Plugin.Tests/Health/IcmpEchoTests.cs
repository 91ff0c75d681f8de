using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Tests.Health;

public sealed class IcmpEchoTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_the_answer_to_the_question_is_one(bool six)
    {
        var question = IcmpEcho.Question(six);
        byte[] header = six ? [] : [0x45, .. new byte[19]];
        Assert.True(IcmpEcho.IsAnswer(Answer(question), question, six));
        Assert.False(IcmpEcho.IsAnswer([.. header, .. question], question, six));
        Assert.False(IcmpEcho.IsAnswer(Answer(IcmpEcho.Question(six)), question, six));
        Assert.False(IcmpEcho.IsAnswer(Answer(question).AsSpan(..^1), question, six));

        byte[] Answer(byte[] to) => [.. header, (byte)(six ? 129 : 0), .. to[1..]];
    }

    [Theory]
    [InlineData("")]
    [InlineData("40")]
    [InlineData("4F0000")]
    [InlineData("FF00000000000000000000000000000000000000")]
    public void Anything_else_is_passed_over(string bytes)
    {
        foreach (var six in new[] { false, true })
            Assert.False(IcmpEcho.IsAnswer(Convert.FromHexString(bytes), IcmpEcho.Question(six), six));
    }
}
