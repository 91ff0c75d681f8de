using TransparentCni.Core.Configuration;

namespace TransparentCni.Core.Tests.Configuration;

public sealed class CidrTests
{
    [Theory]
    [InlineData("10.1.0.5/16", "10.1.0.0/16")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("255.255.255.255/32", "255.255.255.255/32")]
    [InlineData("10.255.255.255/9", "10.128.0.0/9")]
    [InlineData("2001:DB8::1/64", "2001:db8::/64")]
    [InlineData("2001:db8:ffff::/33", "2001:db8:8000::/33")]
    [InlineData("::/0", "::/0")]
    [InlineData("::1/128", "::1/128")]
    [InlineData("::ffff:10.0.0.1/128", "::ffff:10.0.0.1/128")]
    public void An_address_with_a_prefix_is_in_a_network(string text, string network)
    {
        var cidr = Assert.NotNull(Cidr.Parse(text));
        Assert.Equal(network, cidr.Network.ToString());
        Assert.Equal(text, cidr.ToString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/")]
    [InlineData("/8")]
    [InlineData("10/8")]
    [InlineData("10.0/8")]
    [InlineData("10.0.0/8")]
    [InlineData("10.0.0.0.0/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("256.0.0.0/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData(" 10.0.0.0/8")]
    [InlineData("10.0.0.0/8\n")]
    [InlineData("2001:db8::/129")]
    [InlineData("[2001:db8::]/32")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("2001:db8/32")]
    [InlineData(":::/32")]
    [InlineData("x/8")]
    public void Anything_else_is_none(string text) => Assert.Null(Cidr.Parse(text));
}
