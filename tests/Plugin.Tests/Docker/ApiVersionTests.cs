using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Tests.Docker;

public sealed class ApiVersionTests
{
    [Theory]
    [InlineData("1.41", "1.12", "1.41")]
    [InlineData("1.45", "1.24", "1.45")]
    [InlineData("1.51", "1.44", "1.51")]
    [InlineData("1.99", "1.44", "1.51")]
    [InlineData("2.0", null, "1.51")]
    [InlineData("1.40", "1.12", null)]
    [InlineData("2.3", "2.0", null)]
    public void The_newest_version_that_both_sides_know_is_spoken(string newest, string? oldest, string? common) =>
        Assert.Equal(common, ApiVersion.Common(ApiVersion.Parse(newest)!.Value, ApiVersion.Parse(oldest))?.ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData(".41")]
    [InlineData("1.41.0")]
    [InlineData("-1.41")]
    public void What_is_no_version_is_none(string? text) => Assert.Null(ApiVersion.Parse(text));
}
