using TransparentCni.Core.Configuration;
namespace TransparentCni.Core.Tests.Configuration;

public sealed class QuotedTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("web", "\"web\"")]
    [InlineData("Zürich 東京 😀", "\"Zürich 東京 😀\"")]
    [InlineData("a\"b", "\"a?b\"")]
    [InlineData("a\r\nb\0\u001b[0m", "\"a??b??[0m\"")]
    [InlineData("a\u2028b\u202ec\u200bd\u0085", "\"a?b?c?d?\"")]
    public void Only_what_prints_is_repeated(string value, string quoted) => Assert.Equal(quoted, Quoted.Of(value));

    [Fact]
    public void Half_a_character_does_not_print() => Assert.Equal("\"a?b\"", Quoted.Of("a\ud800b"));

    [Fact]
    public void What_is_long_is_cut()
    {
        Assert.Equal($"\"{new string('a', 64)}\"", Quoted.Of(new string('a', 64)));
        Assert.Equal($"\"{new string('a', 64)}…\"", Quoted.Of(new string('a', 65)));
    }
}
