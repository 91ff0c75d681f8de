using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Expressions;

public sealed class UnknownExpressionTests
{
    [Fact]
    public void An_expression_that_is_not_known_is_kept_as_it_is() => Golden.Rule(
        "nft add rule inet t c quota over 10 mbytes",
        """
        5c000000060a010c0000000000000000010000000600010074000000060002006300000038000480340001800a000100
        71756f7461000000240002800c0001000000000000a000000c00040000000000000000000800020000000001
        """,
        new UnknownExpression(
            "quota",
            Golden.Parse("0c00 0100 0000000000a00000 0c00 0400 0000000000000000 0800 0200 00000001")));

    [Fact]
    public void A_known_expression_with_an_attribute_that_is_not_known_is_kept_as_it_is()
    {
        using var writer = new NetlinkWriter();
        using (writer.BeginNested(2))
        {
            new UnknownExpression("counter", Golden.Parse("0800 0900 00000001")).Write(writer, 1);
            new UnknownExpression("cmp", Golden.Parse("0800 0100 00000001")).Write(writer, 1);
        }

        Assert.True(new NetlinkAttributes(writer.WrittenSpan).TryFind(2, out var list));
        Assert.Equal(
            [
                new UnknownExpression("counter", Golden.Parse("0800 0900 00000001")),
                new UnknownExpression("cmp", Golden.Parse("0800 0100 00000001")),
            ],
            NftExpressionReader.ReadList(list.Nested()));
    }
}
