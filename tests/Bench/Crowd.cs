using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Lab.Nodes;
using TransparentCni.Netlink;

namespace TransparentCni.Bench;

/// <summary>
/// Registered clients by the thousand, each with a real veth pair, real routes, elements and a file, made by the dataplane
/// itself in this process. They are in the network of the client that is measured. A hundred of them share a container,
/// so that they go with a few namespaces and no single one is crowded.
/// </summary>
internal sealed class Crowd(Node node)
{
    /// <summary>10.N.0.0/16; the upper half of it is the crowd's.</summary>
    public const int Network = 66;

    private const int PerContainer = 100;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Makes more, until there are so many.</summary>
    public void GrowTo(int count) => node.Namespace.Run(() =>
    {
        using var dataplane = new NodeDataplane(new StateDirectory(node.StateDirectory), new NodeLayout());
        while (Count < count)
        {
            using var netns = NetnsHandle.Open(node.AddContainer($"crowd{Count}").Namespace.Path);
            for (var end = Math.Min(count, Count + PerContainer); Count < end; Count++)
                dataplane.Attach(Request(netns, Count));
        }
    });

    private static AttachRequest Request(NetnsHandle netns, int number) => new()
    {
        Id = new AttachmentId("crowd", $"crowd{number}", $"e{number}"),
        Netns = netns,
        Role = Role.Client,
        Addresses = [new ContainerAddress(Address(128 + (number >> 8), number), 16, Address(0, 1))],
        Standalone = new StandaloneLink([], 1500),
        Policy = new ClientPolicy { Pool = "default" },
        Masquerade = new MasqueradePolicy([], DirectToo: true),
    };

    private static IPAddress Address(int third, int fourth) => new([10, Network, (byte)third, (byte)fourth]);
}
