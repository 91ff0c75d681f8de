using System.Diagnostics;
using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane.Tests.Support;

/// <summary>
/// A container that another network has wired, as a Docker engine does: a port of a bridge, an address, a default route
/// by the bridge's own address.
/// </summary>
public static class Beside
{
    public const string Bridge = "br0";

    public static readonly AttachmentId Id = new("@engine", "c1", "tproxy0");

    public static IReadOnlyList<IPNetwork> Ranges { get; } = [IPNetwork.Parse("10.213.0.0/16"), IPNetwork.Parse("fd00:213::/64")];

    /// <summary>Wires a container to the bridge, which is made where it is not there.</summary>
    public static IReadOnlyList<SideAddress> Connect(Sandbox sandbox, NetnsHandle container, string port, int host)
    {
        if (!Sandbox.Ip(sandbox.Node, "link").Contains($" {Bridge}:", StringComparison.Ordinal))
        {
            Sandbox.Ip(sandbox.Node, $"link add {Bridge} type bridge");
            Sandbox.Ip(sandbox.Node, $"addr add 172.17.0.1/16 dev {Bridge}");
            Sandbox.Ip(sandbox.Node, $"addr add fd00:17::1/64 dev {Bridge} nodad");
            Sandbox.Ip(sandbox.Node, $"link set {Bridge} up");
        }

        Sandbox.Ip(sandbox.Node, $"link add {port} index {100 + host} type veth peer name eth-{port} index {200 + host}");
        sandbox.MoveTo(container, $"eth-{port}");
        Sandbox.Ip(sandbox.Node, $"link set {port} master {Bridge} up");
        Sandbox.Ip(container, $"addr add 172.17.0.{host}/16 dev eth-{port}");
        Sandbox.Ip(container, $"addr add fd00:17::{host}/64 dev eth-{port} nodad");
        Sandbox.Ip(container, $"link set eth-{port} up");
        Sandbox.Ip(container, "route add default via 172.17.0.1");
        Sandbox.Ip(container, "route add default via fd00:17::1");
        WaitUntilSettled(sandbox, container);
        return [new(Bridge, IPAddress.Parse($"172.17.0.{host}"), port), new(Bridge, IPAddress.Parse($"fd00:17::{host}"), port)];
    }

    // Bridges find out a moment later that they carry, and IPv6 that nobody else has an address.
    private static void WaitUntilSettled(Sandbox sandbox, NetnsHandle container)
    {
        var clock = Stopwatch.StartNew();
        while (!Sandbox.Ip(sandbox.Node, $"link show {Bridge}").Contains("state UP", StringComparison.Ordinal)
            || Sandbox.Ip(sandbox.Node, "-6 addr").Contains("tentative", StringComparison.Ordinal)
            || Sandbox.Ip(container, "-6 addr").Contains("tentative", StringComparison.Ordinal))
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(20))
                throw new TimeoutException("the bridge does not come up");
            Thread.Sleep(10);
        }
    }

    /// <summary>A client with a link of ours beside.</summary>
    public static AttachRequest Client(NetnsHandle container, IReadOnlyList<SideAddress> side) => new()
    {
        Id = Id,
        Netns = container,
        Role = Role.Client,
        Addresses = [new ContainerAddress(IPAddress.Parse("10.213.0.2"), 32, null), new ContainerAddress(IPAddress.Parse("fd00:213::2"), 128, null)],
        Beside = new BesideLink(Ranges, null),
        Side = side,
        Policy = new ClientPolicy { Pool = "web" },
        Masquerade = new MasqueradePolicy([], DirectToo: true),
    };

    /// <summary>The same before its namespace is known.</summary>
    public static GuardRequest Guarded(IReadOnlyList<SideAddress> side) => new(
        Id, new ClientPolicy { Pool = "web" }, new MasqueradePolicy([], DirectToo: true), [.. side.Select(address => address with { Port = null })]);
}
