using System.Net;

namespace TransparentCni.Netlink.Tests.Values;

public sealed class InetAddressTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("2001:db8::1")]
    [InlineData("fe80::1:2:3:4")]
    [InlineData("::ffff:10.0.0.1")]
    public void What_is_read_is_written_as_it_was(string text)
    {
        var address = InetAddress.Parse(text);
        Assert.Equal(text, address.ToString());
        Assert.Equal(IPAddress.Parse(text), address.ToIPAddress());
        Assert.Equal(address, InetAddress.From(IPAddress.Parse(text)));
        var bytes = new byte[address.ByteCount];
        address.CopyTo(bytes);
        Assert.Equal(IPAddress.Parse(text).GetAddressBytes(), bytes);
        Assert.Equal(address, InetAddress.FromBytes(bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0")]
    [InlineData("1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.1 ")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::g")]
    [InlineData("10.0.0.1/24")]
    public void What_is_no_address_is_refused(string? text)
    {
        Assert.False(InetAddress.TryParse(text, out _));
        Assert.Throws<FormatException>(() => InetAddress.Parse(text!));
    }

    [Fact]
    public void The_same_bits_of_different_families_differ()
    {
        Assert.NotEqual(InetAddress.Parse("0.0.0.1"), InetAddress.Parse("::1"));
        Assert.NotEqual(InetAddress.Any(InetFamily.IPv4), InetAddress.Any(InetFamily.IPv6));
        Assert.Throws<ArgumentOutOfRangeException>(() => InetAddress.Any(InetFamily.Unspecified));
    }

    [Fact]
    public void The_default_value_is_no_address()
    {
        Assert.Equal(("", 0), (default(InetAddress).ToString(), default(InetAddress).ByteCount));
        Assert.Throws<InvalidOperationException>(() => default(InetAddress).ToIPAddress());
        Assert.Throws<ArgumentException>(() => InetAddress.FromBytes([1, 2, 3]));
    }

    [Theory]
    [InlineData("10.1.2.3/24", "10.1.2.0/24")]
    [InlineData("10.1.2.3/0", "0.0.0.0/0")]
    [InlineData("10.1.2.3/32", "10.1.2.3/32")]
    [InlineData("10.1.2.3/31", "10.1.2.2/31")]
    [InlineData("255.255.255.255/1", "128.0.0.0/1")]
    [InlineData("2001:db8:1:2:3:4:5:6/64", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:3:4:5:6/65", "2001:db8:1:2::/65")]
    [InlineData("2001:db8:1:2:ffff:4:5:6/65", "2001:db8:1:2:8000::/65")]
    [InlineData("2001:db8:1:2:3:4:5:6/128", "2001:db8:1:2:3:4:5:6/128")]
    [InlineData("2001:db8:1:2:3:4:5:6/48", "2001:db8:1::/48")]
    [InlineData("2001:db8::/0", "::/0")]
    public void The_network_of_a_prefix_has_no_bits_behind_it(string text, string network)
    {
        var prefix = InetPrefix.Parse(text);
        Assert.Equal(text, prefix.ToString());
        Assert.Equal(network, prefix.Network.ToString());
        Assert.True(prefix.Contains(prefix.Address));
    }

    [Theory]
    [InlineData("10.0.0.0/24", "10.0.0.255", true)]
    [InlineData("10.0.0.0/24", "10.0.1.0", false)]
    [InlineData("0.0.0.0/0", "255.0.0.1", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("fe80::/10", "febf::1", true)]
    [InlineData("fe80::/10", "fec0::1", false)]
    [InlineData("::/0", "fec0::1", true)]
    public void A_prefix_contains_the_addresses_that_begin_with_it(string prefix, string address, bool contained) =>
        Assert.Equal(contained, InetPrefix.Parse(prefix).Contains(InetAddress.Parse(address)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/ 1")]
    [InlineData("10.0.0.0/+1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/24/1")]
    [InlineData("::/129")]
    [InlineData("/24")]
    public void What_is_no_prefix_is_refused(string? text)
    {
        Assert.False(InetPrefix.TryParse(text, out _));
        Assert.Throws<FormatException>(() => InetPrefix.Parse(text!));
    }

    [Fact]
    public void An_address_alone_is_the_prefix_that_holds_it()
    {
        Assert.Equal("10.0.0.1/32", InetPrefix.Parse("10.0.0.1").ToString());
        Assert.Equal("::1/128", InetPrefix.Host(InetAddress.Parse("::1")).ToString());
        Assert.Equal("::/0", InetPrefix.Everything(InetFamily.IPv6).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => new InetPrefix(InetAddress.Parse("::1"), 129));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InetPrefix(InetAddress.Parse("::1"), -1));
    }

    [Theory]
    [InlineData("02:00:00:00:00:01")]
    [InlineData("ff:ee:dd:cc:bb:aa")]
    public void A_hardware_address_is_written_as_it_was(string text)
    {
        var address = MacAddress.Parse(text);
        Assert.Equal(text, address.ToString());
        var bytes = new byte[MacAddress.ByteCount];
        address.CopyTo(bytes);
        Assert.Equal(text.Replace(":", "", StringComparison.Ordinal), Convert.ToHexStringLower(bytes));
        Assert.Equal(address, MacAddress.FromBytes(bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("02:00:00:00:00")]
    [InlineData("02:00:00:00:00:0")]
    [InlineData("02:00:00:00:00:0g")]
    [InlineData("02-00-00-00-00-01")]
    [InlineData("02:00:00:00:00:01:02")]
    public void What_is_no_hardware_address_is_refused(string? text)
    {
        Assert.False(MacAddress.TryParse(text, out _));
        Assert.Throws<FormatException>(() => MacAddress.Parse(text!));
        Assert.Throws<ArgumentException>(() => MacAddress.FromBytes([1, 2, 3]));
    }
}
