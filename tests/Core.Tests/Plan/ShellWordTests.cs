using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Plan;

public sealed class ShellWordTests
{
    [Theory]
    [InlineData("eth0", "eth0")]
    [InlineData("eth0.100@if7", "eth0.100@if7")]
    [InlineData("transparent-cni:lab/c1/eth0", "transparent-cni:lab/c1/eth0")]
    [InlineData("", "''")]
    [InlineData("$(id)", "'$(id)'")]
    [InlineData("a;b", "'a;b'")]
    [InlineData("it's", @"'it'\''s'")]
    public void A_word_is_quoted_only_where_a_shell_would_read_more_into_it(string text, string word) =>
        Assert.Equal(word, ShellWord.Of(text));

    [Fact]
    public void A_shell_reads_what_was_meant()
    {
        var characters = Gen.Elements("ab0 \t\n$`'\"\\;&|<>()[]{}*?!#~=%-東".ToCharArray());

        Prop.ForAll(characters.ArrayOf().ToArbitrary(), text =>
        {
            var meant = new string(text);

            Assert.Equal(meant, Tool.Run("sh", "-c", $"printf %s {ShellWord.Of(meant)}"));
        }).QuickCheckThrowOnFailure();
    }
}
