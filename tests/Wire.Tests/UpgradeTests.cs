using System.Net;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Wire.Tests;

/// <summary>A version of the plugin takes over from another one whose rules were different, while traffic flows.</summary>
public sealed class UpgradeTests
{
    private const int Rounds = 20;

    [Theory]
    [InlineData(LinkPlugin.Standalone, false)]
    [InlineData(LinkPlugin.Ptp, true)]
    [InlineData(LinkPlugin.Bridge, false)]
    [InlineData(LinkPlugin.Bridge, true)]
    public void No_packet_of_a_running_flow_is_lost_or_leaks_when_the_rules_are_replaced(LinkPlugin link, bool ipv6)
    {
        using var scene = new Scene();
        var network = scene.Network(link);
        scene.Proxy(network);
        scene.Proxy(network);
        var client = scene.Client(network);
        var server = new IPEndPoint(Internet.Server(ipv6), Attempt.ServerPort);
        scene.Node.Internet.Udp(server);
        scene.Uplink.Dispose();
        var counter = new HopCounter(scene.Node.Internet);
        using var flood = Flood.Start(client.Container.Namespace, server, new IPEndPoint(client.Address(ipv6), Attempt.NextPort()));
        for (var round = 0; round < Rounds; round++)
        {
            OlderRules.Put(scene.Node, round);
            flood.WaitForAnswers(500);
            var late = scene.Client(network);
            flood.WaitForAnswers(500);
            scene.Node.Runtime.Del(late);
        }

        Assert.False(OlderRules.AreLeft(scene.Node));
        flood.End();
        Assert.Equal(0, flood.Refused);
        Assert.True(flood.Lost == 0, $"{flood.Lost} of {flood.Sent} were lost");
        Assert.Equal((0, flood.Sent), (counter.Past, counter.Through));
    }
}
