using System.Net;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Values;

public sealed class NftValueTests
{
    [Fact]
    public void Numbers_in_host_and_network_order_are_different_bytes()
    {
        Assert.Equal("01000000", Hex(NftValue.UInt32(1)));
        Assert.Equal("00000001", Hex(NftValue.UInt32BigEndian(1)));
        Assert.Equal("0100", Hex(NftValue.UInt16(1)));
        Assert.Equal("0001", Hex(NftValue.UInt16BigEndian(1)));
        Assert.Equal("01", Hex(NftValue.UInt8(1)));
        Assert.Equal("00000100", Hex(NftValue.Mark(0x10000)));
        Assert.Equal("0050", Hex(NftValue.Port(80)));
        Assert.Equal("02000000", Hex(NftValue.InterfaceIndex(2)));
    }

    [Fact]
    public void Each_field_of_a_concatenation_is_filled_up_to_four_bytes() => Assert.Equal(
        "06000000" + "00500000" + "0a000001",
        Hex(NftValue.Concat(
            NftValue.Protocol(6), NftValue.Port(80), NftValue.Address(IPAddress.Parse("10.0.0.1")))));

    [Fact]
    public void A_name_is_filled_up_to_sixteen_bytes_and_a_prefix_is_not()
    {
        Assert.Equal("65746830" + new string('0', 24), Hex(NftValue.InterfaceName("eth0")));
        Assert.Equal("657468", Hex(NftValue.InterfaceNamePrefix("eth")));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentException>(() => NftValue.Address(new byte[5]));
        Assert.Throws<ArgumentException>(() => NftValue.EtherAddress(new byte[5]));
        Assert.Throws<ArgumentException>(() => NftValue.InterfaceName(""));
        Assert.Throws<ArgumentException>(() => NftValue.InterfaceName("a-name-of-16-chr"));
        Assert.Throws<ArgumentException>(() => NftValue.InterfaceName("sechzehn-Bytes-ä"));
        Assert.Throws<ArgumentException>(() => NftValue.FromBytes(new byte[65]));
        Assert.Throws<ArgumentException>(
            () => NftValue.Concat(Enumerable.Repeat(NftValue.InterfaceName("eth0"), 5).ToArray()));
    }

    [Fact]
    public void Values_are_equal_if_their_bytes_are()
    {
        var value = NftValue.Address(IPAddress.Parse("10.0.0.1"));
        var same = NftValue.FromBytes([10, 0, 0, 1]);
        Assert.Equal(value, same);
        Assert.True(value == same);
        Assert.Equal(value.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(value, NftValue.FromBytes([10, 0, 0, 1, 0]));
        Assert.Equal(default, NftValue.FromBytes([]));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Values_print_as_nft_prints_them(string text, NftValue value) => Assert.Equal(text, value.ToString());

    public static TheoryData<string, NftValue> Texts => new()
    {
        { "10.0.0.1", NftValue.Address(IPAddress.Parse("10.0.0.1")) },
        { "fd00::1", NftValue.Address(IPAddress.Parse("fd00::1")) },
        { "02:00:00:00:00:0f", NftValue.EtherAddress([2, 0, 0, 0, 0, 15]) },
        { "\"eth0\"", NftValue.InterfaceName("eth0") },
        { "0x00010000", NftValue.Mark(0x10000) },
        { "443", NftValue.Port(443) },
        { "17", NftValue.Protocol(17) },
        { "255", NftValue.UInt32(255) },
        { "\"a\" . 6 . 80", NftValue.Concat(NftValue.InterfaceName("a"), NftValue.Protocol(6), NftValue.Port(80)) },
        { "0x0a000001", NftValue.FromBytes([10, 0, 0, 1]) },
        { "0x0a00000106000000", NftValue.Concat(NftValue.FromBytes([10, 0, 0, 1]), NftValue.Protocol(6)) },
        {
            "10.0.0.1 . 80",
            NftValue.FromBytes([10, 0, 0, 1, 0, 80, 0, 0]).As(NftType.IPv4Address, NftType.InternetService)
        },
        { "0x0a0000", NftValue.FromBytes([10, 0, 0]).As(NftType.IPv6Address) },
        { "0x", default },
    };

    private static string Hex(NftValue value) => Convert.ToHexStringLower(value.Bytes);
}
