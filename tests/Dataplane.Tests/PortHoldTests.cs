using System.Diagnostics;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Tests.Support;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane.Tests;

/// <summary>Two containers behind a bridge, and what of theirs gets into it.</summary>
public sealed class PortHoldTests : IDisposable
{
    private const string Bridge = "br9";

    private readonly Sandbox _sandbox = new();
    private readonly PortHold _hold = new();
    private readonly (string Mac, NetnsHandle Netns)[] _containers;

    public PortHoldTests()
    {
        _containers = [("02:00:00:00:00:02", _sandbox.ClientNetns), ("02:00:00:00:00:03", _sandbox.ProxyNetns)];
        Sandbox.Ip(_sandbox.Node, $"link add {Bridge} type bridge");
        Sandbox.Ip(_sandbox.Node, $"addr add 10.9.0.1/24 dev {Bridge}");
        Sandbox.Ip(_sandbox.Node, $"link set {Bridge} up");
        foreach (var (number, (mac, netns)) in _containers.Index())
        {
            Sandbox.Ip(_sandbox.Node, $"link add port{number} type veth peer name eth{number} address {mac}");
            _sandbox.MoveTo(netns, $"eth{number}");
            Sandbox.Ip(netns, $"addr add 10.9.0.{number + 2}/24 dev eth{number}");
            Sandbox.Ip(netns, $"link set eth{number} up");
            Sandbox.Ip(_sandbox.Node, $"link set port{number} master {Bridge} up");
        }
    }

    public void Dispose()
    {
        _hold.Dispose();
        _sandbox.Dispose();
    }

    [Fact]
    public void What_comes_from_a_held_port_gets_nowhere_and_all_else_does()
    {
        Assert.False(_hold.IsHolding);
        Hold(0);
        Assert.True(_hold.IsHolding);
        Assert.False(GetsIn(0));
        Assert.True(GetsIn(1));
    }

    [Fact]
    public void It_is_released_when_it_is_known_who_is_behind_it()
    {
        Hold(0);
        Hold(1);
        Release(Bridge, 1);
        Assert.True(GetsIn(1));
        Assert.False(GetsIn(0));
        Release(Bridge, 0);
        Assert.True(GetsIn(0));
        Assert.False(_hold.IsHolding);
        Assert.Equal("", _sandbox.Rules());
    }

    [Fact]
    public void Who_is_behind_another_port_or_bridge_releases_nobody()
    {
        Hold(0);
        Release(Bridge, 1);
        Release("br8", 0);
        Assert.False(GetsIn(0));
    }

    [Fact]
    public void An_engine_that_tells_before_it_gives_a_container_its_link_has_its_port_released()
    {
        Sandbox.Ip(_sandbox.Node, "link add port2 type veth peer name eth2");
        Sandbox.Ip(_sandbox.Node, $"link set port2 master {Bridge} up");
        Hold(0);
        Hold(2);
        Release(Bridge, "02:00:00:00:00:09");
        Sandbox.Ip(_sandbox.Node, "link set port1 nomaster");
        _sandbox.MoveTo(_sandbox.ProxyNetns, "eth2");
        Sandbox.Ip(_sandbox.ProxyNetns, "addr flush dev eth1");
        Sandbox.Ip(_sandbox.ProxyNetns, "addr add 10.9.0.4/24 dev eth2");
        Sandbox.Ip(_sandbox.ProxyNetns, "link set eth2 up");
        Assert.True(GetsIn(1));
        Assert.False(GetsIn(0));
    }

    [Fact]
    public void A_port_that_is_gone_is_behind_nobody_and_in_nobodys_way()
    {
        Hold(0);
        Hold(1);
        Sandbox.Ip(_sandbox.Node, "link del port0");
        Release(Bridge, 0, 1);
        Assert.True(GetsIn(1));
    }

    [Fact]
    public void The_kernel_releases_it_when_its_time_is_over_and_nothing_is_left_after_a_look()
    {
        Hold(0);
        Assert.True(Soon(() => GetsIn(0)));
        Assert.True(Soon(() =>
        {
            _sandbox.Node.Run(_hold.Tidy);
            return _sandbox.Rules().Length == 0;
        }));
        Hold(0);
        Assert.False(GetsIn(0));
    }

    [Fact]
    public void With_whoever_holds_it_all_is_gone_and_nobody_else_can_touch_it()
    {
        Hold(0);
        Sandbox.Tool(_sandbox.Node, "nft", "flush", "ruleset");
        Assert.Contains(HoldRules.Table.Name, _sandbox.Rules(), StringComparison.Ordinal);
        Assert.Throws<NetlinkException>(() => _sandbox.Node.Run(() =>
        {
            using var other = new PortHold();
            other.Hold(new HeldPort(1, "port1", Bridge));
        }));
        Assert.False(GetsIn(0));
        _hold.Dispose();
        Assert.True(GetsIn(0));
        Assert.Equal("", _sandbox.Rules());
        Hold(0);
        Assert.False(GetsIn(0));
    }

    private void Hold(int number) => _sandbox.Node.Run(() =>
    {
        using var node = RouteSocket.Open();
        _hold.Hold(new HeldPort(node.GetLink($"port{number}")!.Index, $"port{number}", Bridge));
    });

    private void Release(string bridge, params int[] containers) => Release(bridge, [.. containers.Select(number => _containers[number].Mac)]);

    private void Release(string bridge, params string[] behind) =>
        _sandbox.Node.Run(() => _hold.Release(bridge, behind.Select(MacAddress.Parse).ToHashSet()));

    private bool GetsIn(int number)
    {
        try
        {
            // Whatever became of earlier questions for the address.
            Sandbox.Ip(_containers[number].Netns, "neigh flush all");
            Sandbox.Tool(_containers[number].Netns, "ping", "-c", "1", "-W", "1", "10.9.0.1");
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Soon(Func<bool> holds)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(60); Thread.Sleep(50))
        {
            if (holds())
                return true;
        }

        return false;
    }
}
