using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Rules;

namespace TransparentCni.Core.Tests.Support;

/// <summary>A small node to plan for: one pool, a few policies, and an attachment of every kind.</summary>
internal static class Samples
{
    public static NodeLayout Layout { get; } = new();

    public static ClientPolicy Closed { get; } = new() { Pool = "web" };

    public static ClientPolicy Open { get; } = new() { Pool = "web", OnFailure = FailureMode.Open };

    public static ClientPolicy OnPorts { get; } = new() { Pool = "web", Ports = Ports("tcp/80", "tcp/8000-8100", "tcp/8050-8200", "udp/53", "icmp") };

    public static ClientPolicy Excluding { get; } = new()
    {
        Pool = "web",
        Exclude = Networks("192.0.2.1/32", "10.96.0.0/12", "10.100.0.0/16", "fd00:10::/64", "2001:db8::1/128"),
    };

    public static ClientPolicy BothWays { get; } = new()
    {
        Pool = "web",
        Ports = Ports("tcp/443"),
        Exclude = Networks("10.96.0.0/12", "fd00:10::/64"),
        Direction = FlowDirection.Both,
        OnFailure = FailureMode.Open,
    };

    public static MasqueradePolicy Everything { get; } = new([], DirectToo: true);

    public static MasqueradePolicy AtUplinks { get; } = new(["eth0", "wlan0"], DirectToo: true);

    public static MasqueradePolicy Proxied { get; } = new([], DirectToo: false);

    public static MasqueradePolicy ProxiedAtUplinks { get; } = new(["eth0", "wlan0"], DirectToo: false);

    public static PoolMember Member { get; } = new("web", Weight: 1, Number: 5, Group: 2);

    /// <summary>An attachment that leaves by gateways which others have too.</summary>
    public static Attachment Guest { get; } = Attachment(Role.None, LinkKind.Own) with
    {
        Gateways = [IPAddress.Parse("10.10.0.254"), IPAddress.Parse("fd00:10::fe")],
    };

    /// <summary>The rules of a policy under the number that it prefers.</summary>
    public static PolicyRules Rules(ClientPolicy policy) => new(Layout, policy, policy.Numbers.First());

    /// <summary>What an attachment has where every policy has the number that it prefers.</summary>
    public static AttachmentRules Rules(Attachment attachment) => new(Layout, attachment, policy => policy.Numbers.First());

    /// <summary>An attachment of that role behind that kind of link; no two of them share an address or an interface.</summary>
    public static Attachment Attachment(Role role, LinkKind link)
    {
        var number = 1 + (3 * (int)role) + (int)link;
        var id = new AttachmentId("lab", $"{role}-{link}".ToLowerInvariant(), "eth0");
        var host = link == LinkKind.Own ? id.HostInterface : $"veth{number}";
        return new Attachment
        {
            Id = id,
            Role = role,
            Link = link,
            HostInterface = host,
            IngressInterface = link == LinkKind.Bridged ? "br0" : host,
            Addresses = [IPAddress.Parse($"10.10.0.{number}"), IPAddress.Parse($"fd00:10::{number}")],
            Policy = role == Role.Client ? (link == LinkKind.Bridged ? BothWays : Closed) : null,
            Member = role == Role.Proxy ? Member with { Number = number } : null,
            Masquerade = Everything,
        };
    }

    /// <summary>A routed proxy of the pool, known by its number.</summary>
    /// <summary>A client with a link of ours beside two other networks.</summary>
    public static Attachment Beside { get; } = Attachment(Role.Client, LinkKind.Own) with
    {
        Side =
        [
            new SideAddress("br0", IPAddress.Parse("172.17.0.2"), "veth1"),
            new SideAddress("br0", IPAddress.Parse("fd00:17::2"), "veth1"),
            new SideAddress("br1", IPAddress.Parse("172.18.0.2")),
        ],
    };

    public static Attachment Proxy(int number, int weight = 1, bool ipv6 = true) => new()
    {
        Id = new AttachmentId("lab", $"proxy{number}", "eth0"),
        Role = Role.Proxy,
        Link = LinkKind.Routed,
        HostInterface = $"veth{number}",
        IngressInterface = $"veth{number}",
        Addresses = ipv6
            ? [IPAddress.Parse($"10.10.2.{number}"), IPAddress.Parse($"fd00:2::{number}")]
            : [IPAddress.Parse($"10.10.2.{number}")],
        Member = new PoolMember("web", weight, number, Group: 2),
    };

    public static IReadOnlyList<PortRange> Ports(params string[] texts) => [.. texts.Select(text => PortRange.Parse(text)!.Value)];

    public static IReadOnlyList<IPNetwork> Networks(params string[] texts) => [.. texts.Select(text => IPNetwork.Parse(text))];
}
