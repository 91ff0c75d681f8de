using System.Net;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Nodes;

/// <summary>
/// One client and one proxy wired by hand, without any plugin, with or without a conntrack zone for the first leg: what
/// everybody writes first, and what is wrong with it.
/// </summary>
public sealed class HandWiring
{
    private const string ClientLink = "hand-client";
    private const string ProxyLink = "hand-proxy";

    /// <summary>Wires a client and a proxy on a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="zones">Whether the first leg gets a zone of its own.</param>
    public HandWiring(Node node, bool zones)
    {
        Client = node.AddContainer("hand-client");
        Proxy = node.AddContainer("hand-proxy");
        Link(node, Client, ClientLink, 201);
        Link(node, Proxy, ProxyLink, 202);
        foreach (var router in new[] { node.Namespace, Proxy.Namespace })
        {
            router.Sysctl(
                ("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"),
                ("ipv4/conf/all/send_redirects", "0"), ("ipv4/conf/default/send_redirects", "0"));
        }

        Steer(node);
        node.Namespace.Nft(Rules(zones));
        Legs = new Legs(node.Capture(ClientLink, "client leg"), Proxy.Capture("proxy"), node.Capture(Node.Uplink, "uplink"));
    }

    /// <summary>The client.</summary>
    public Container Client { get; }

    /// <summary>The proxy.</summary>
    public Container Proxy { get; }

    /// <summary>The captures along the way.</summary>
    public Legs Legs { get; }

    /// <summary>The client's address of a family.</summary>
    public static IPAddress ClientAddress(bool ipv6) => IPAddress.Parse(ipv6 ? "fd00:10:201::2" : "10.10.201.2");

    private static void Link(Node node, Container container, string device, int number)
    {
        node.Namespace.Ip(
            $"link add {device} type veth peer name eth0 netns {container.Namespace.Name}",
            $"addr add 10.10.{number}.1/24 dev {device}",
            $"addr add fd00:10:{number}::1/64 dev {device} nodad",
            $"link set {device} up");
        container.Namespace.Ip(
            $"addr add 10.10.{number}.2/24 dev eth0",
            $"addr add fd00:10:{number}::2/64 dev eth0 nodad",
            "link set eth0 up",
            $"route add default via 10.10.{number}.1",
            $"route add default via fd00:10:{number}::1");
    }

    private static void Steer(Node node)
    {
        node.Namespace.Ip(
            "rule add fwmark 0x10000 priority 100 lookup 20001",
            $"route add default via 10.10.202.2 dev {ProxyLink} table 20001",
            $"route add default via fd00:10:202::2 dev {ProxyLink} table 20001");
        node.Namespace.Run("ip", "-6", "rule", "add", "fwmark", "0x10000", "priority", "100", "lookup", "20001");
    }

    private static string Rules(bool zones) => $$"""
        table inet hand {
          chain first_leg {
            type filter hook prerouting priority raw;
            {{(zones ? $"iifname {ClientLink} ct original zone set 1" : "")}}
          }
          chain steer {
            type filter hook prerouting priority -90;
            iifname {{ClientLink}} ct direction original meta mark set 0x10000
            iifname {{ProxyLink}} ct direction original ct mark set 0x10000
            iifname != {{ProxyLink}} ct direction reply meta mark set ct mark
          }
          chain exit {
            type nat hook postrouting priority srcnat;
            oifname {{Node.Uplink}} masquerade
          }
        }
        """;
}
