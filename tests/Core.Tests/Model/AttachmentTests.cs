using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Tests.Support;
using AddressFamily = TransparentCni.Core.Model.AddressFamily;

namespace TransparentCni.Core.Tests.Model;

public sealed class AttachmentTests
{
    [Theory]
    [InlineData(AddressFamily.IPv4, "10.0.0.2")]
    [InlineData(AddressFamily.IPv6, "fd00::2")]
    public void The_first_address_of_a_family_is_the_one_that_routes_use(AddressFamily family, string first)
    {
        var attachment = Samples.Proxy(1) with
        {
            Addresses = [IPAddress.Parse("fd00::2"), IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.3"), IPAddress.Parse("fd00::3")],
        };

        Assert.True(attachment.Has(family));
        Assert.Equal(IPAddress.Parse(first), attachment.First(family));
    }

    [Fact]
    public void A_family_without_an_address_is_missing()
    {
        var attachment = Samples.Proxy(1, ipv6: false);

        Assert.False(attachment.Has(AddressFamily.IPv6));
        Assert.Null(attachment.First(AddressFamily.IPv6));
    }

    [Theory]
    [InlineData(LinkKind.Own)]
    [InlineData(LinkKind.Routed)]
    public void A_routed_proxy_is_reached_by_its_own_veth(LinkKind link)
    {
        var proxy = Samples.Attachment(Role.Proxy, link);

        Assert.Equal(proxy.HostInterface, proxy.ProxyInterface);
    }

    [Fact]
    public void A_proxy_behind_a_bridge_is_reached_by_a_second_veth_of_ours()
    {
        var proxy = Samples.Attachment(Role.Proxy, LinkKind.Bridged);

        Assert.Equal(proxy.Id.HostInterface, proxy.ProxyInterface);
        Assert.NotEqual(proxy.HostInterface, proxy.ProxyInterface);
    }

    [Theory]
    [InlineData("192.0.2.1", AddressFamily.IPv4, 32, '4', "ip")]
    [InlineData("2001:db8::1", AddressFamily.IPv6, 128, '6', "ip6")]
    [InlineData("::ffff:192.0.2.1", AddressFamily.IPv6, 128, '6', "ip6")]
    public void A_family_has_its_prefix_digit_and_name(string address, AddressFamily family, int prefix, char digit, string name)
    {
        Assert.Equal(family, IPAddress.Parse(address).Family());
        Assert.Equal(family, new IPNetwork(IPAddress.Parse(address), prefix).Family());
        Assert.Equal(prefix, family.HostPrefix());
        Assert.Equal(digit, family.Digit());
        Assert.Equal(name, family.NftName());
    }

    [Fact]
    public void Both_families_are_planned_version_4_first() =>
        Assert.Equal([AddressFamily.IPv4, AddressFamily.IPv6], AddressFamilies.Both);
}
