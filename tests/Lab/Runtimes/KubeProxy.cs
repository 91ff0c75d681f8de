using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Runtimes;

/// <summary>A Kubernetes service of one family.</summary>
/// <param name="Name">A word in capital letters, the end of its chains' names.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Address">Its cluster address, with its port.</param>
/// <param name="Endpoints">Where its pods listen; none: it refuses.</param>
public sealed record Service(string Name, string Protocol, IPEndPoint Address, params IReadOnlyList<IPEndPoint> Endpoints)
{
    /// <summary>The port that it has on the node's addresses.</summary>
    public int? NodePort { get; init; }

    internal bool IsIPv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;
}

/// <summary>
/// The iptables rules that kube-proxy (1.29, mode <c>iptables</c>) keeps for services, in its order and with its marks:
/// <c>pkg/proxy/iptables/proxier.go</c>.
/// </summary>
public sealed class KubeProxy : IDisposable
{
    private const string Mark = "0x4000";

    private readonly Node _node;

    /// <summary>Writes them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="podRanges">Where pods have their addresses (<c>clusterCIDR</c>), both families.</param>
    /// <param name="services">The services.</param>
    public KubeProxy(Node node, IReadOnlyList<IPNetwork> podRanges, params IReadOnlyList<Service> services)
    {
        _node = node;
        foreach (var range in podRanges)
        {
            var ipv6 = range.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
            var mine = services.Where(service => service.IsIPv6 == ipv6).ToList();
            Restore(ipv6, Filter(mine) + Nat(mine, range));
        }
    }

    /// <summary>Takes all chains of both families away, as a node without services has them.</summary>
    public void Dispose()
    {
        foreach (var ipv6 in new[] { false, true })
        {
            var tool = ipv6 ? "ip6tables" : "iptables";
            foreach (var table in new[] { "filter", "nat" })
            {
                var kept = _node.Namespace.Run($"{tool}-save", "-t", table).Output.Split('\n')
                    .Where(line => !line.Contains("KUBE-", StringComparison.Ordinal) && !line.StartsWith('#'));
                Command.Run(new Command($"{tool}-restore", "-T", table) { Namespace = _node.Namespace, Input = string.Join('\n', kept) + "\n" }).Required();
            }
        }
    }

    private void Restore(bool ipv6, string rules) => Command.Run(
        new Command(ipv6 ? "ip6tables-restore" : "iptables-restore", "--noflush") { Namespace = _node.Namespace, Input = rules }).Required();

    private static string Filter(IReadOnlyList<Service> services)
    {
        var text = new StringBuilder("""
            *filter
            :KUBE-SERVICES - [0:0]
            :KUBE-EXTERNAL-SERVICES - [0:0]
            :KUBE-FORWARD - [0:0]
            :KUBE-NODEPORTS - [0:0]
            :KUBE-PROXY-FIREWALL - [0:0]
            -A INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
            -A INPUT -j KUBE-NODEPORTS
            -A INPUT -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES
            -A FORWARD -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
            -A FORWARD -j KUBE-FORWARD
            -A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
            -A FORWARD -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES
            -A OUTPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
            -A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
            -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
            -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
            -A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT

            """);
        foreach (var service in services.Where(service => service.Endpoints.Count == 0))
            text.AppendLine($"-A KUBE-SERVICES {To(service)} -j REJECT");
        return text.AppendLine("COMMIT").ToString();
    }

    private static string Nat(IReadOnlyList<Service> services, IPNetwork pods)
    {
        var text = new StringBuilder($"""
            *nat
            :KUBE-SERVICES - [0:0]
            :KUBE-NODEPORTS - [0:0]
            :KUBE-POSTROUTING - [0:0]
            :KUBE-MARK-MASQ - [0:0]
            -A PREROUTING -j KUBE-SERVICES
            -A OUTPUT -j KUBE-SERVICES
            -A POSTROUTING -j KUBE-POSTROUTING
            -A KUBE-MARK-MASQ -j MARK --or-mark {Mark}
            -A KUBE-POSTROUTING -m mark ! --mark {Mark}/{Mark} -j RETURN
            -A KUBE-POSTROUTING -j MARK --xor-mark {Mark}
            -A KUBE-POSTROUTING -j MASQUERADE --random-fully

            """);
        foreach (var service in services.Where(service => service.Endpoints.Count > 0))
            Append(text, service, pods);
        return text.AppendLine("-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS").AppendLine("COMMIT").ToString();
    }

    private static void Append(StringBuilder text, Service service, IPNetwork pods)
    {
        var (protocol, name) = (service.Protocol, service.Name);
        text.AppendLine($":KUBE-SVC-{name} - [0:0]").AppendLine($"-A KUBE-SERVICES {To(service)} -j KUBE-SVC-{name}");
        text.AppendLine($"-A KUBE-SVC-{name} ! -s {pods} {To(service)} -j KUBE-MARK-MASQ");
        if (service.NodePort is { } port)
        {
            text.AppendLine($":KUBE-EXT-{name} - [0:0]").AppendLine($"-A KUBE-EXT-{name} -j KUBE-MARK-MASQ");
            text.AppendLine($"-A KUBE-EXT-{name} -j KUBE-SVC-{name}");
            text.AppendLine($"-A KUBE-NODEPORTS -m {protocol} -p {protocol} --dport {port} -j KUBE-EXT-{name}");
        }

        for (var i = 0; i < service.Endpoints.Count; i++)
        {
            var (endpoint, chain, rest) = (service.Endpoints[i], $"KUBE-SEP-{name}{i}", service.Endpoints.Count - i);
            var chance = rest == 1 ? "" : FormattableString.Invariant($" -m statistic --mode random --probability {1.0 / rest:F10}");
            text.AppendLine($":{chain} - [0:0]").AppendLine($"-A KUBE-SVC-{name}{chance} -j {chain}");
            text.AppendLine($"-A {chain} -s {endpoint.Address} -j KUBE-MARK-MASQ");
            text.AppendLine($"-A {chain} -m {protocol} -p {protocol} -j DNAT --to-destination {endpoint}");
        }
    }

    private static string To(Service service) =>
        $"-m {service.Protocol} -p {service.Protocol} -d {service.Address.Address} --dport {service.Address.Port}";
}
