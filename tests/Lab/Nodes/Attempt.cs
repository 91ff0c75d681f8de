using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Nodes;

/// <summary>The transport protocols that are tried.</summary>
public enum FlowKind
{
    /// <summary>A TCP connection that is opened, used and closed.</summary>
    Tcp,

    /// <summary>A datagram and its answer.</summary>
    Udp,

    /// <summary>An echo request and its answer.</summary>
    Icmp,

    /// <summary>An SCTP association that is set up.</summary>
    Sctp,
}

/// <summary>One small complete flow from a container to a server, and what became of it.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="IsAnswered">Whether everything that was sent was answered.</param>
/// <param name="Seen">The client's address as the server saw it; null where it did not, and of an echo request.</param>
/// <param name="Error">What the client was told instead of an answer; null: nothing.</param>
public sealed record Attempt(Flow Flow, bool IsAnswered, IPAddress? Seen, string? Error)
{
    /// <summary>The server's port where none is given.</summary>
    public const int ServerPort = 443;

    private const int FirstPort = 20000;
    private const int Ports = 45000;

    private static int s_lastPort;

    /// <summary>Every protocol in both families.</summary>
    public static IEnumerable<(FlowKind Kind, bool IPv6)> Kinds { get; } =
        [.. new[] { false, true }.SelectMany(ipv6 => Enum.GetValues<FlowKind>().Select(kind => (kind, ipv6)))];

    /// <summary>A port, or identifier, that none of the last 45,000 flows of this process had.</summary>
    public static ushort NextPort() => (ushort)(FirstPort + ((uint)Interlocked.Increment(ref s_lastPort) % Ports));

    /// <summary>Makes a flow to a server of the internet, which is started if need be.</summary>
    /// <param name="node">The node.</param>
    /// <param name="place">The client's namespace.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="kind">The protocol.</param>
    /// <param name="limit">How long each answer may take.</param>
    /// <param name="server">The server; null: the internet's first of the client's family.</param>
    public static Attempt Make(Node node, NetworkNamespace place, IPAddress client, FlowKind kind, TimeSpan limit, IPEndPoint? server = null)
    {
        server ??= new IPEndPoint(Internet.Server(client.AddressFamily == AddressFamily.InterNetworkV6), ServerPort);
        node.Internet.Serve(kind, server);
        return MakeTo(place, client, kind, limit, server);
    }

    /// <summary>Makes a flow to a server that is there.</summary>
    public static Attempt MakeTo(NetworkNamespace place, IPAddress client, FlowKind kind, TimeSpan limit, IPEndPoint server)
    {
        var local = new IPEndPoint(client, NextPort());
        var flow = FlowOf(kind, local, server);
        try
        {
            return Make(place, flow, local, server, limit);
        }
        catch (SocketException exception)
        {
            return new Attempt(flow, false, null, $"{exception.SocketErrorCode}");
        }
        catch (Win32Exception exception)
        {
            return new Attempt(flow, false, null, exception.Message);
        }
    }

    private static Flow FlowOf(FlowKind kind, IPEndPoint local, IPEndPoint server)
    {
        var protocol = kind switch
        {
            FlowKind.Tcp => Protocols.Tcp,
            FlowKind.Udp => Protocols.Udp,
            FlowKind.Sctp => Protocols.Sctp,
            _ => Ping.ProtocolFor(server.Address),
        };
        return new Flow(protocol, local.Address, (ushort)local.Port, server.Address, kind == FlowKind.Icmp ? null : (ushort)server.Port);
    }

    private static Attempt Make(NetworkNamespace place, Flow flow, IPEndPoint local, IPEndPoint server, TimeSpan limit)
    {
        switch (flow.Protocol)
        {
            case Protocols.Tcp:
                using (var connection = TcpFlow.Open(place, server, limit, local))
                {
                    var isEchoed = connection.Echo("ping") == "ping";
                    connection.Finish();
                    return new Attempt(flow, isEchoed, connection.SeenByServer.Address, null);
                }

            case Protocols.Udp:
                using (var datagrams = UdpFlow.Open(place, server, local))
                {
                    var seen = datagrams.Ask(limit);
                    return new Attempt(flow, seen is not null, seen?.Address, null);
                }

            case Protocols.Sctp:
                var end = Sctp.Associate(place, local, server, limit);
                return new Attempt(flow, end is not null, end is null ? null : IPEndPoint.Parse(end).Address, null);

            default:
                using (var ping = Ping.Open(place, local.Address, server.Address, (ushort)local.Port))
                    return new Attempt(flow, ping.Ask(limit), null, null);
        }
    }
}
