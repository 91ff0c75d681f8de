using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests;

/// <summary>
/// Proxies that terminate: connections end at their sockets, they see who called whom, and call on under the address they
/// like, in both families, whatever made the links.
/// </summary>
public sealed class CaptureTests
{
    private const ushort ListenPort = 3129;

    public static TheoryData<LinkPlugin, Calling, bool> Ways
    {
        get
        {
            var data = new TheoryData<LinkPlugin, Calling, bool>();
            foreach (var link in Enum.GetValues<LinkPlugin>())
            {
                foreach (var calling in Enum.GetValues<Calling>())
                {
                    data.Add(link, calling, false);
                    data.Add(link, calling, true);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public void A_transparent_proxy_sees_who_calls_whom_and_may_call_as_it_likes(LinkPlugin link, Calling calling, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Capturing(network, "tproxy");
        var client = scene.Client(network);
        var server = Serve(proxy, Listening.Transparent, calling);

        IsTerminated(scene, client, proxy, server, calling, ipv6);
    }

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Standalone, true)]
    [InlineData(LinkPlugin.Ptp, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void A_proxy_that_is_redirected_to_asks_who_was_meant(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        var proxy = scene.Capturing(network, "redirect");
        var client = scene.Client(network);
        var server = Serve(proxy, Listening.Redirected, Calling.AsItself);

        IsTerminated(scene, client, proxy, server, Calling.AsItself, ipv6);
    }

    private static TerminatingProxy Serve(Attachment proxy, Listening listening, Calling calling) =>
        proxy.Container.Keep(TerminatingProxy.Start(proxy.Container.Namespace, ListenPort, listening, calling));

    private static void IsTerminated(Scene scene, Attachment client, Attachment proxy, TerminatingProxy server, Calling calling, bool ipv6)
    {
        var legs = scene.Legs(client, proxy);
        var attempt = scene.Try(client, FlowKind.Tcp, ipv6);

        var upstream = calling switch
        {
            Calling.AsItself => proxy.Address(ipv6),
            _ => client.Address(ipv6),
        };
        Judge.Terminated(legs, attempt, Node.Address(ipv6), upstream, calling == Calling.AsClientWithPort);
        var flow = attempt.Flow;
        Assert.Equal(
            [new Accepted(new IPEndPoint(flow.Client, flow.ClientPort), new IPEndPoint(flow.Server, flow.ServerPort!.Value))],
            server.Accepted);
        Judge.NeverSeen(legs.Uplink, client.Address(ipv6));
        Judge.NeverSeen(legs.Uplink, proxy.Address(ipv6));
    }
}
