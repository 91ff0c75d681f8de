using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Wire.Tests;

/// <summary>
/// The plugin is killed before each of its system calls that change something, one after the other; the DEL that
/// follows, as every runtime sends it, leaves nothing.
/// </summary>
public sealed class KillTests
{
    private const int MostCalls = 200;

    // What changes the world outside the process: netlink requests, sysctls, the state directory, the namespace.
    private static readonly string[] s_calls =
        ["sendto", "sendmsg", "write", "pwrite64", "rename", "mkdir", "unlink", "rmdir", "ftruncate", "setns"];

    [Theory]
    [InlineData(LinkPlugin.Standalone, "client", false)]
    [InlineData(LinkPlugin.Standalone, "proxy", false)]
    [InlineData(LinkPlugin.Bridge, "client", false)]
    [InlineData(LinkPlugin.Bridge, "proxy", true)]
    [InlineData(LinkPlugin.Ptp, "client", true)]
    [InlineData(LinkPlugin.Standalone, "tproxy", false)]
    [InlineData(LinkPlugin.Bridge, "redirect", false)]
    public void An_ADD_that_is_killed_anywhere_leaves_nothing_after_DEL(LinkPlugin link, string role, bool isBesideOthers) =>
        KillEverywhere(link, role, isBesideOthers, (scene, request) =>
        {
            try
            {
                var attachment = scene.Node.Runtime.Add(request);
                scene.Node.Runtime.Del(attachment with { Request = request with { Wrapper = [] } });
                return false;
            }
            catch (CniException exception) when (exception.Code is null)
            {
                // A failed ADD has no result to hand to DEL.
                scene.Node.Runtime.Del(request with { Wrapper = [] }, null);
                return true;
            }
        });

    [Theory]
    [InlineData(LinkPlugin.Standalone, "client", false)]
    [InlineData(LinkPlugin.Standalone, "proxy", true)]
    [InlineData(LinkPlugin.Bridge, "proxy", false)]
    [InlineData(LinkPlugin.Ptp, "tproxy", false)]
    public void A_DEL_that_is_killed_anywhere_leaves_nothing_after_the_next(LinkPlugin link, string role, bool isBesideOthers) =>
        KillEverywhere(link, role, isBesideOthers, (scene, request) =>
        {
            var attachment = scene.Node.Runtime.Add(request with { Wrapper = [] });
            try
            {
                scene.Node.Runtime.Del(attachment with { Request = request });
                return false;
            }
            catch (CniException exception) when (exception.Code is null)
            {
                scene.Node.Runtime.Del(attachment);
                return true;
            }
        });

    [Fact]
    public void A_proxy_whose_ADD_was_killed_anywhere_is_in_no_other_proxys_way()
    {
        using var scene = new Scene();
        var network = scene.Network(LinkPlugin.Ptp);
        scene.Rehearse(network);
        // With the first attachment of a node everything that is registered is put in place at once.
        scene.Proxy(network, "other");
        var before = Snapshot.Of(scene.Node);
        var kills = 0;
        for (var number = 1; number < MostCalls; number++)
        {
            using var container = scene.Node.AddContainer("victim");
            var victim = new Request(container, network) { Annotations = CleanupTests.Role("proxy") };
            try
            {
                scene.Node.Runtime.Del(scene.Node.Runtime.Add(victim with { Wrapper = Killer("sendto,sendmsg", number) }));
                break;
            }
            catch (CniException exception) when (exception.Code is null)
            {
                kills++;
            }

            var (first, second) = (scene.Proxy(network, "default"), scene.Proxy(network, "default"));
            scene.Node.Runtime.Del(first);
            scene.Node.Runtime.Del(second);
            scene.Node.Runtime.Del(victim, null);
            scene.IsAsBefore(before);
        }

        Assert.True(kills >= 10, $"only {kills} kills");
    }

    private static void KillEverywhere(LinkPlugin link, string role, bool isBesideOthers, Func<Scene, Request, bool> wasKilled)
    {
        using var scene = new Scene();
        var (network, shared) = (scene.Network(link) with { HasOneAddress = link == LinkPlugin.Standalone }, scene.Network(link));
        scene.Rehearse(network);
        var others = isBesideOthers ? (Proxy: scene.Proxy(shared, "default"), Client: scene.Client(shared, "default")) : default;
        var before = Snapshot.Of(scene.Node);
        var kills = 0;
        foreach (var call in s_calls)
        {
            for (var number = 1; number < MostCalls; number++)
            {
                using var container = scene.Node.AddContainer("victim");
                if (!wasKilled(scene, new Request(container, network) { Annotations = CleanupTests.Role(role), Wrapper = Killer(call, number) }))
                    break;
                kills++;
                var difference = Snapshot.Difference(before, Snapshot.Of(scene.Node));
                Assert.True(difference.Length == 0, $"killed before {call} number {number}:\n{difference}");
                var inside = container.Namespace.Run("nft", "list", "ruleset").Output;
                Assert.True(inside.Length == 0, $"killed before {call} number {number}, inside:\n{inside}");
            }
        }

        Assert.True(kills >= 10, $"only {kills} kills");
        if (isBesideOthers)
            scene.AllCross(others.Client, scene.Legs(others.Client, others.Proxy));
    }

    // strace(1): the signal is delivered when the call is entered, before anything of it is done.
    private static string[] Killer(string call, int number) =>
        ["strace", "-f", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:signal=SIGKILL:when={number}"];
}
