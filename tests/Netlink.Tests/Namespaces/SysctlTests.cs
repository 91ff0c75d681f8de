using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Namespaces;

public sealed class SysctlTests : IDisposable
{
    private static readonly SysctlName Forward = SysctlName.Net("ipv4", "ip_forward");

    private readonly TestNetns _netns = new();

    public void Dispose() => _netns.Dispose();

    [Fact]
    public void A_setting_belongs_to_the_namespace_of_the_thread()
    {
        var outside = Sysctl.Read(Forward);
        _netns.Handle.Run(() => Sysctl.Write(Forward, "1"));
        Assert.Equal("1", _netns.Handle.Run(() => Sysctl.Read(Forward)));
        Assert.Equal("1", _netns.Exec("sysctl -n net.ipv4.ip_forward").Trim());
        _netns.Handle.Run(() => Sysctl.Write(Forward, "0"));
        Assert.Equal("0", _netns.Exec("sysctl -n net.ipv4.ip_forward").Trim());
        Assert.Equal(outside, Sysctl.Read(Forward));
    }

    [Fact]
    public void The_interfaces_seen_are_those_of_the_namespace_of_the_thread()
    {
        using var socket = RouteSocket.Open(_netns.Handle);
        socket.AddVeth(new VethPair { Name = "only-inside", Peer = new VethPeer { Name = "peer" } });
        var name = SysctlName.Device(InetFamily.IPv4, "only-inside", "rp_filter");
        Assert.Null(Sysctl.Read(name));
        Assert.NotNull(_netns.Handle.Run(() => Sysctl.Read(name)));
    }

    [Theory]
    [InlineData(InetFamily.IPv4, "rp_filter", "2")]
    [InlineData(InetFamily.IPv6, "accept_ra", "0")]
    public void The_name_of_an_interface_may_contain_dots(InetFamily family, string key, string value)
    {
        using var socket = RouteSocket.Open(_netns.Handle);
        socket.AddVeth(new VethPair { Name = "a.b.100", Peer = new VethPeer { Name = "peer" } });
        var name = SysctlName.Device(family, "a.b.100", key);
        _netns.Handle.Run(() => Sysctl.Write(name, value));
        Assert.Equal(value, _netns.Handle.Run(() => Sysctl.Read(name)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("../../kernel/hostname")]
    [InlineData("a\0b")]
    public void A_part_that_would_lead_elsewhere_is_refused(string part)
    {
        Assert.Throws<ArgumentException>(() => SysctlName.Net("ipv4", "conf", part, "rp_filter"));
        Assert.Throws<ArgumentException>(() => SysctlName.Net(part));
        Assert.Throws<ArgumentException>(() => SysctlName.Device(InetFamily.IPv4, part, "rp_filter"));
    }

    [Fact]
    public void A_setting_that_is_not_there_reads_as_null_and_cannot_be_written()
    {
        var name = SysctlName.Device(InetFamily.IPv4, "absent", "rp_filter");
        Assert.Null(Sysctl.Read(name));
        var error = Assert.Throws<SysctlException>(() => Sysctl.Write(name, "1"));
        Assert.Equal((Errno.ENOENT, name), (error.Errno, error.Name));
        Assert.Equal(
            "write sysctl net/ipv4/conf/absent/rp_filter = 1: ENOENT (No such file or directory)", error.Message);
    }

    [Fact]
    public void A_value_that_the_kernel_refuses_is_an_error()
    {
        var error = Assert.Throws<SysctlException>(
            () => _netns.Handle.Run(() => Sysctl.Write(Forward, "yes")));
        Assert.Equal(Errno.EINVAL, error.Errno);
    }

    [Fact]
    public void A_directory_is_no_setting()
    {
        Assert.Throws<SysctlException>(() => Sysctl.Read(SysctlName.Net("ipv4")));
        Assert.Throws<SysctlException>(() => Sysctl.Write(SysctlName.Net("ipv4"), "1"));
        Assert.Throws<InvalidOperationException>(() => Sysctl.Read(default));
    }
}
