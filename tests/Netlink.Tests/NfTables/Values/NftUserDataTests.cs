using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Values;

public sealed class NftUserDataTests
{
    [Fact]
    public void A_comment_is_a_triple_of_type_length_and_text()
    {
        var userData = NftUserData.OfComment("hi");
        Assert.Equal([0, 3, (byte)'h', (byte)'i', 0], userData.Bytes.ToArray());
        Assert.Equal("hi", userData.Comment);
        Assert.Equal("\"hi\"", userData.ToString());
    }

    [Fact]
    public void A_comment_has_at_most_127_bytes_and_no_zero()
    {
        Assert.Equal(130, NftUserData.OfComment(new string('c', 127)).Bytes.Length);
        Assert.Throws<ArgumentException>(() => NftUserData.OfComment(new string('c', 128)));
        Assert.Throws<ArgumentException>(() => NftUserData.OfComment("a\0b"));
    }

    [Fact]
    public void The_kernel_takes_256_bytes()
    {
        Assert.Equal(256, NftUserData.FromBytes(new byte[256]).Bytes.Length);
        Assert.Throws<ArgumentException>(() => NftUserData.FromBytes(new byte[257]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00ff6869")]
    [InlineData("0102aabb00")]
    [InlineData("0702686900")]
    public void Bytes_that_are_no_triples_have_no_comment(string hex) =>
        Assert.Null(NftUserData.FromBytes(Convert.FromHexString(hex)).Comment);

    [Fact]
    public void A_comment_is_found_behind_other_triples_and_without_its_zero() =>
        Assert.Equal("hi", NftUserData.FromBytes(Convert.FromHexString("0104aabbccdd00026869")).Comment);

    [Fact]
    public void User_data_is_equal_if_its_bytes_are()
    {
        Assert.Equal(NftUserData.OfComment("a"), NftUserData.FromBytes([0, 2, (byte)'a', 0]));
        Assert.True(NftUserData.OfComment("a") != NftUserData.OfComment("b"));
        Assert.Equal(default, NftUserData.FromBytes([]));
        Assert.True(default(NftUserData).IsEmpty);
    }
}
