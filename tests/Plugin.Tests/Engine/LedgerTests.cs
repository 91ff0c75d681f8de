using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Engine;

/// <summary>What is registered of the engine's containers, on a real dataplane.</summary>
public sealed class LedgerTests : IDisposable
{
    private static readonly ClientPolicy s_policy = new() { Pool = "web" };
    private static readonly SideAddress s_shop = new("br-shop", IPAddress.Parse("172.18.0.2"));
    private static readonly SideAddress s_back = new("br-back", IPAddress.Parse("172.19.0.2"));

    private readonly Registry _registry = new();

    private Ledger Ledger => _registry.Ledger;

    public void Dispose() => _registry.Dispose();

    private async Task<int> Guard(string id, params SideAddress[] side) => (await Ledger.GuardAsync([(id, s_policy, side)])).Count;

    [Fact]
    public async Task A_client_is_guarded_once_and_has_the_same_addresses_as_long_as_it_is_wired()
    {
        _registry.Know("c");
        _registry.Tracker.Connected("c");
        Assert.Equal((1, 0), (await Guard("c", s_shop), await Guard("c", s_shop)));
        Assert.Equal((true, false), await Ledger.FindAsync("c"));

        var first = await _registry.WireAsync("c");
        Assert.Equal((Change.Wired, 2), (first.Change, first.Attachment.Addresses.Count));
        Assert.Equal((true, true), await Ledger.FindAsync("c"));
        Assert.Equal(Change.None, (await _registry.WireAsync("c")).Change);
        var other = await _registry.WireAsync("c", pool: "other");
        Assert.Equal((Change.Rewired, "other"), (other.Change, other.Attachment.Policy!.Pool));
        Assert.Equal(first.Attachment.Addresses, other.Attachment.Addresses);
    }

    [Fact]
    public async Task What_one_start_brings_in_several_networks_adds_up_and_what_an_earlier_one_brought_does_not()
    {
        _registry.Know("c");
        _registry.Tracker.Connected("c");
        await Guard("c", s_shop);
        await Guard("c", s_back);
        Assert.Equal([s_shop, s_back], _registry.Find("c")!.Side);
        _registry.Tracker.Ended("c");
        Assert.Equal(0, await Guard("c", s_shop));
        _registry.Tracker.Connected("c");
        await Guard("c", s_back);
        Assert.Equal([s_back], _registry.Find("c")!.Side);
    }

    [Fact]
    public async Task No_address_is_given_twice_not_by_a_daemon_that_was_started_anew_either()
    {
        var one = await _registry.WireAsync("one");
        var later = _registry.NewLedger();
        await later.ReloadAsync();
        var other = await _registry.WireAsync("other", ledger: later);
        Assert.Empty(one.Attachment.Addresses.Intersect(other.Attachment.Addresses));
    }

    [Fact]
    public async Task One_that_is_being_started_stays_and_one_that_has_ended_goes()
    {
        _registry.Know("c");
        _registry.Tracker.Connected("c");
        await Guard("c", s_shop);
        Assert.Equal((null, true), await Ledger.RemoveAsync("c"));
        _registry.Tracker.Ended("c");
        var (took, stays) = await Ledger.RemoveAsync("c");
        Assert.True(took is not null && !stays);
        Assert.Null(_registry.Find("c"));
        Assert.Equal((null, false), await Ledger.RemoveAsync("c"));
    }

    [Fact]
    public async Task One_that_goes_on_without_its_link_keeps_nothing_of_ours_inside()
    {
        var place = _registry.Namespace("p");
        var before = place.Ip("rule show");
        await _registry.WireAsync("p", Role.Proxy);
        Assert.NotEqual(before, place.Ip("rule show"));
        await Ledger.RemoveAsync("p", goesOn: true);
        Assert.Equal(before, place.Ip("rule show"));
    }

    [Fact]
    public async Task One_that_is_refused_keeps_its_link_and_may_send_nothing()
    {
        var wired = await _registry.WireAsync("c");
        await Ledger.RefuseAsync("c", []);
        var refused = _registry.Find("c")!;
        Assert.Null(refused.Policy!.Pool);
        Assert.Equal(wired.Attachment.Addresses, refused.Addresses);
        Assert.Equal(Change.Rewired, (await _registry.WireAsync("c")).Change);
        Assert.Equal("web", _registry.Find("c")!.Policy!.Pool);
    }

    [Fact]
    public async Task One_that_is_refused_and_has_nothing_is_not_registered()
    {
        _registry.Know("c", isRunning: true);
        await Ledger.RefuseAsync("c", []);
        Assert.Null(_registry.Find("c"));
        await Ledger.RefuseAsync("c", [s_shop]);
        Assert.Null(_registry.Find("c")!.Policy!.Pool);
    }

    [Fact]
    public async Task A_proxys_registration_cannot_hold_a_clients_policy()
    {
        await _registry.WireAsync("c", Role.Proxy);
        Assert.Equal(1, await Guard("c", s_shop));
        Assert.Equal((Role.Client, null), (_registry.Find("c")!.Role, _registry.Find("c")!.Member));
    }

    [Fact]
    public async Task A_link_that_is_gone_is_made_again()
    {
        var wired = await _registry.WireAsync("c");
        _registry.Node.Ip($"link del {wired.Attachment.HostInterface}");
        Assert.Equal(["c"], (await Ledger.RepairAsync()).Broken);
        Assert.Equal(Change.Wired, (await _registry.WireAsync("c")).Change);
        Assert.Empty((await Ledger.RepairAsync()).Broken);
        Assert.Equal(wired.Attachment.Addresses, _registry.Find("c")!.Addresses);
    }

    [Fact]
    public async Task Where_every_address_is_taken_it_says_what_to_do()
    {
        var ledger = new Ledger(_registry, _registry.Tracker, Registry.Configuration, [IPNetwork.Parse("10.9.0.0/30")]);
        for (var number = 0; ; number++)
        {
            try
            {
                await _registry.WireAsync($"c{number}", ledger: ledger);
                Assert.InRange(number, 0, 3);
            }
            catch (Dataplane.DataplaneException exception)
            {
                Assert.Contains("set \"ranges\" in /etc/tproxy/tproxyd.json", exception.Message, StringComparison.Ordinal);
                return;
            }
        }
    }
}
