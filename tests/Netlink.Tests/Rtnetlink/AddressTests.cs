using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class AddressTests : VethFixture
{
    [Theory]
    [InlineData("10.1.0.1/24")]
    [InlineData("2001:db8::1/64")]
    [InlineData("10.1.0.1/32")]
    [InlineData("2001:db8::1/128")]
    public void What_is_added_is_listed_and_can_be_deleted(string prefix)
    {
        var address = new InterfaceAddress
        {
            Link = OtherDevice,
            Prefix = Prefix(prefix),
            Flags = AddressFlags.NoDuplicateDetection | AddressFlags.NoPrefixRoute,
        };
        Socket.AddAddress(address);
        var listed = Assert.Single(Socket.ListAddresses(OtherDevice, address.Prefix.Family), IsGlobal);
        Assert.Equal(address.Prefix, listed.Prefix);
        Assert.Null(listed.Peer);
        Assert.True(listed.Flags.HasFlag(AddressFlags.NoPrefixRoute | AddressFlags.Permanent));
        Assert.DoesNotContain("dev b proto kernel", Netns.Ip("route show " + address.Prefix.Network), StringComparison.Ordinal);

        Socket.DeleteAddress(address);
        Assert.DoesNotContain(Socket.ListAddresses(OtherDevice), IsGlobal);
    }

    [Theory]
    [InlineData("10.1.0.1/24")]
    [InlineData("2001:db8::1/64")]
    public void An_address_that_is_there_can_be_tolerated(string prefix)
    {
        var address = new InterfaceAddress { Link = OtherDevice, Prefix = Prefix(prefix) };
        Socket.AddAddress(address);
        Socket.AddAddress(address, Tolerate.Present);
        var error = Assert.Throws<NetlinkException>(() => Socket.AddAddress(address));
        Assert.Equal(Errno.EEXIST, error.Errno);
        Assert.Equal($"{prefix} dev if{OtherDevice}", error.Target);
    }

    [Fact]
    public void An_address_that_is_gone_can_be_tolerated()
    {
        var address = new InterfaceAddress { Link = OtherDevice, Prefix = Prefix("10.1.0.1/24") };
        Socket.DeleteAddress(address, Tolerate.Absent);
        Assert.Equal(Errno.EADDRNOTAVAIL, Assert.Throws<NetlinkException>(() => Socket.DeleteAddress(address)).Errno);
        Socket.DeleteAddress(address with { Link = 9999 }, Tolerate.Absent);
    }

    [Fact]
    public void Peer_broadcast_scope_and_label_come_back()
    {
        var address = new InterfaceAddress
        {
            Link = OtherDevice,
            Prefix = Prefix("10.2.0.1/32"),
            Peer = Ip("10.2.0.2"),
            Broadcast = Ip("10.2.0.255"),
            Scope = RouteScope.Link,
            Label = "b:1",
            Flags = AddressFlags.Permanent,
        };
        Socket.AddAddress(address);
        Assert.Equal(address, Assert.Single(Socket.ListAddresses(OtherDevice, InetFamily.IPv4)));
        Assert.Equal($"10.2.0.1 peer 10.2.0.2/32 dev if{OtherDevice}", address.ToString());
    }

    [Fact]
    public void An_ipv6_peer_comes_back()
    {
        var address = new InterfaceAddress
        {
            Link = OtherDevice,
            Prefix = Prefix("2001:db8::1/128"),
            Peer = Ip("2001:db8::2"),
        };
        Socket.AddAddress(address);
        var listed = Assert.Single(Socket.ListAddresses(OtherDevice, InetFamily.IPv6), IsGlobal);
        Assert.Equal((address.Prefix, address.Peer), (listed.Prefix, listed.Peer));
    }

    [Fact]
    public void Replacing_changes_the_flags_of_what_is_there()
    {
        var address = new InterfaceAddress { Link = OtherDevice, Prefix = Prefix("2001:db8::1/64") };
        Socket.AddAddress(address);
        Socket.ReplaceAddress(address with { Flags = AddressFlags.NoPrefixRoute });
        var listed = Assert.Single(Socket.ListAddresses(OtherDevice, InetFamily.IPv6), IsGlobal);
        Assert.True(listed.Flags.HasFlag(AddressFlags.NoPrefixRoute));
    }

    [Fact]
    public void The_list_of_one_interface_has_no_others()
    {
        Assert.All(Socket.ListAddresses(Device), address => Assert.Equal(Device, address.Link));
        Assert.Contains(Socket.ListAddresses(), address => address.Link == 1);
        Assert.Empty(Socket.ListAddresses(9999));
    }

    private static bool IsGlobal(InterfaceAddress address) =>
        !InetPrefix.Parse("fe80::/10").Contains(address.Prefix.Address);
}
