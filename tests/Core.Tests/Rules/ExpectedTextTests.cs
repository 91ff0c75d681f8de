using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

/// <summary>The rules as text, whole, and the real nft as a judge of it.</summary>
public sealed class ExpectedTextTests
{
    public static TheoryData<string> Names => [.. Filter.Pieces.Select(piece => piece.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rules_read_as_expected(string name) =>
        Expected.Is(name, Filter.Pieces.Single(piece => piece.Name == name).Operations);

    [Fact]
    public void Every_expected_text_is_compared_with_something() =>
        Assert.Equal(
            Filter.Pieces.Select(piece => piece.Name).Order(),
            Directory.GetFiles(Expected.Folder, "*.nft").Select(Path.GetFileNameWithoutExtension).Order());

    [Fact]
    public void The_real_nft_takes_every_expected_text()
    {
        Tool.Require("unshare", "nft");

        Tool.Run(
            "unshare",
            ["-n", "sh", "-ec", "for file; do nft -f \"$file\" || { echo \"in $file\" >&2; exit 1; }; done", "sh",
            .. Filter.Pieces.Select(piece => Expected.File(piece.Name))]);
    }
}
