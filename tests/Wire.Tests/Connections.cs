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

    /// <summary>
    /// Requires that new connections are refused at their first segment, none left to retransmit into silence, and that
    /// new datagrams are answered by an error; both families. Of datagrams some may go unanswered: the kernel sends one
    /// ICMP error a second (icmp_ratelimit in ip-sysctl.rst).
    /// </summary>
    public static void IsToldAtOnce(Scene scene, Attachment client)
    {
        var capture = scene.Node.Capture(client.HostInterface, "client leg");
        foreach (var ipv6 in new[] { false, true })
        {
            capture.Clear();
            var tcp = Enumerable.Range(0, 5).Select(_ => scene.Try(client, FlowKind.Tcp, ipv6)).ToList();
            Assert.All(tcp, attempt => Assert.True(
                attempt.Error is not null and not nameof(SocketError.TimedOut), $"TCP, IPv6 {ipv6}: {attempt.Error ?? "answered"}"));
            Assert.Equal(tcp.Count, capture.Packets.Count(packet => packet.TcpFlags == TcpFlags.Syn));
            var udp = Enumerable.Range(0, 12).Select(_ => scene.Try(client, FlowKind.Udp, ipv6, Limits.Lost)).ToList();
            Assert.DoesNotContain(udp, attempt => attempt.IsAnswered);
            Assert.True(udp.Exists(attempt => attempt.Error is not null), $"UDP, IPv6 {ipv6}: silence");
        }
    }

    public void Dispose()
    {
        foreach (var connection in _all)
            connection.Dispose();
    }
}
