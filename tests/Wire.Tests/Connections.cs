using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>TCP connections of one client that stay open.</summary>
internal sealed class Connections : IDisposable
{
    private readonly List<TcpFlow> _all = [];

    public Connections(Scene scene, Attachment client, int count, bool ipv6 = false)
    {
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Tcp(server);
        for (var i = 0; i < count; i++)
            _all.Add(TcpFlow.Open(client.Container.Namespace, server, Limits.Answer));
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<TcpFlow> All => _all;

    /// <summary>Those that a capture saw.</summary>
    public IReadOnlyList<TcpFlow> Of(Capture capture)
    {
        var ports = capture.Packets.Where(packet => packet.Protocol == Protocols.Tcp).Select(packet => packet.SourcePort).ToHashSet();
        return [.. _all.Where(connection => ports.Contains((ushort)connection.Local.Port))];
    }

    /// <summary>Requires that the connection works, or that its client is told that it does not: no silence.</summary>
    public static void GoesOnOrIsTold(TcpFlow connection)
    {
        try
        {
            Assert.Equal("on", connection.Echo("on"));
        }
        catch (SocketException exception)
        {
            Assert.NotEqual(SocketError.TimedOut, exception.SocketErrorCode);
        }
    }

    /// <summary>Requires that a new connection and a new datagram are answered by an error, in both families.</summary>
    public static void IsToldAtOnce(Scene scene, Attachment client)
    {
        foreach (var ipv6 in new[] { false, true })
        {
            var tcp = scene.Try(client, FlowKind.Tcp, ipv6);
            Assert.True(tcp.Error is not null and not nameof(SocketError.TimedOut), $"TCP, IPv6 {ipv6}: {tcp.Error ?? "answered"}");
            var udp = scene.Try(client, FlowKind.Udp, ipv6);
            Assert.True(udp.Error is not null, $"UDP, IPv6 {ipv6}: {(udp.IsAnswered ? "answered" : "silence")}");
        }
    }

    public void Dispose()
    {
        foreach (var connection in _all)
            connection.Dispose();
    }
}
