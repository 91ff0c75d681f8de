using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>The transport protocols that are tried.</summary>
public enum FlowKind
{
    /// <summary>A TCP connection that is opened, used and closed.</summary>
    Tcp,

    /// <summary>A datagram and its answer.</summary>
    Udp,

    /// <summary>An echo request and its answer.</summary>
    Icmp,

    /// <summary>An association that is set up.</summary>
    Sctp,
}

/// <summary>Small complete flows to the internet.</summary>
internal static class Flows
{
    private const ushort ServerPort = 443;

    private static int s_lastPort = 20000;

    /// <summary>Every protocol in both families.</summary>
    public static TheoryData<FlowKind, bool> Kinds
    {
        get
        {
            var data = new TheoryData<FlowKind, bool>();
            foreach (var (kind, ipv6) in All)
                data.Add(kind, ipv6);
            return data;
        }
    }

    /// <summary>The same, to go through in one test.</summary>
    public static IEnumerable<(FlowKind Kind, bool IPv6)> All =>
        Enum.GetValues<FlowKind>().SelectMany(kind => new[] { (kind, false), (kind, true) });

    /// <summary>A port, or identifier, that no other flow of this run has.</summary>
    public static ushort NextPort() => (ushort)Interlocked.Increment(ref s_lastPort);

    /// <summary>Makes a flow from a client to a server of the internet.</summary>
    /// <returns>The flow, and the client's address as the server saw it; null where no answer came.</returns>
    public static (Flow Flow, IPAddress? Seen) Try(
        Node node, NetworkNamespace place, IPAddress client, FlowKind kind, TimeSpan limit, IPEndPoint? server = null)
    {
        var ipv6 = client.AddressFamily == AddressFamily.InterNetworkV6;
        var local = new IPEndPoint(client, NextPort());
        var remote = server ?? new IPEndPoint(Internet.Server(ipv6), ServerPort);
        var (protocol, port) = kind switch
        {
            FlowKind.Tcp => (Protocols.Tcp, remote.Port),
            FlowKind.Udp => (Protocols.Udp, remote.Port),
            FlowKind.Sctp => (Protocols.Sctp, remote.Port),
            _ => (Ping.ProtocolFor(client), 0),
        };
        var flow = new Flow(protocol, client, (ushort)local.Port, remote.Address, (ushort)port);
        try
        {
            return (flow, Make(node, place, local, remote, kind, limit));
        }
        catch (Exception exception) when (exception is SocketException or Win32Exception)
        {
            return (flow, null);
        }
    }

    private static IPAddress? Make(Node node, NetworkNamespace place, IPEndPoint local, IPEndPoint remote, FlowKind kind, TimeSpan limit)
    {
        switch (kind)
        {
            case FlowKind.Tcp:
                node.Internet.Tcp(remote);
                using (var connection = TcpFlow.Open(place, remote, limit, local))
                {
                    Assert.Equal("ping", connection.Echo("ping"));
                    connection.Finish();
                    return connection.SeenByServer.Address;
                }

            case FlowKind.Udp:
                node.Internet.Udp(remote);
                using (var datagrams = UdpFlow.Open(place, remote, local))
                    return datagrams.Ask(limit)?.Address;

            case FlowKind.Sctp:
                node.Internet.Sctp(remote.Address);
                return Sctp.Associate(place, local, remote, limit) is { } seen ? IPEndPoint.Parse(seen).Address : null;

            default:
                using (var ping = Ping.Open(place, local.Address, remote.Address, (ushort)local.Port))
                    return ping.Ask(limit) ? Node.Address(remote.AddressFamily == AddressFamily.InterNetworkV6) : null;
        }
    }
}
