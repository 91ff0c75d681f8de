using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Lab.Nodes;
using TransparentCni.Netlink;

namespace TransparentCni.Bench;

/// <summary>
/// Registered clients by the thousand: each with a real veth pair, real routes and real elements, made by the dataplane
/// itself. Only their containers are one and the same namespace.
/// </summary>
internal sealed class Crowd(Node node)
{
    private readonly Container _container = node.AddContainer("crowd");

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Makes more, until there are so many.</summary>
    public void GrowTo(int count) => node.Namespace.Run(() =>
    {
        using var netns = NetnsHandle.Open(_container.Namespace.Path);
        using var dataplane = new NodeDataplane(new StateDirectory(node.StateDirectory), new NodeLayout());
        for (; Count < count; Count++)
            dataplane.Attach(Request(netns, Count));
    });

    private static AttachRequest Request(NetnsHandle netns, int number) => new()
    {
        Id = new AttachmentId("crowd", $"crowd{number}", $"e{number}"),
        Netns = netns,
        Role = Role.Client,
        Addresses = [new ContainerAddress(new IPAddress([10, 128, (byte)(number >> 8), (byte)number]), 32, null)],
        Standalone = new StandaloneLink([], 1500),
        Policy = new ClientPolicy { Pool = "default" },
        Masquerade = new MasqueradePolicy([], DirectToo: true),
    };
}
