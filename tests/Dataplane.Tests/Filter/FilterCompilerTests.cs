using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Dataplane.Tests.Support;

namespace TransparentCni.Dataplane.Tests.Filter;

/// <summary>The real nft as judge: our text read by it, and our calls, make the same tables.</summary>
public sealed class FilterCompilerTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    private static Attachment Client(LinkKind link, ClientPolicy policy, MasqueradePolicy masquerade) => new()
    {
        Id = new AttachmentId("n", $"c{link}", "eth0"),
        Role = Role.Client,
        Link = link,
        HostInterface = $"veth{link}",
        IngressInterface = link == LinkKind.Bridged ? "cni0" : $"veth{link}",
        Addresses = [IPAddress.Parse($"10.0.{(int)link}.2"), IPAddress.Parse($"fd00:{(int)link}::2")],
        Policy = policy,
        Masquerade = masquerade,
    };

    private static List<NftOperation> Everything()
    {
        var layout = new NodeLayout();
        var open = new ClientPolicy
        {
            Pool = "web",
            Ports = [PortRange.Parse("tcp/80")!.Value, PortRange.Parse("udp/50-60")!.Value, PortRange.Parse("icmp")!.Value],
            Exclude = [IPNetwork.Parse("10.96.0.0/12"), IPNetwork.Parse("255.255.255.0/24"), IPNetwork.Parse("192.0.2.1/32"), IPNetwork.Parse("fd11::/64")],
            Direction = FlowDirection.Both,
            OnFailure = FailureMode.Open,
        };
        Attachment[] attachments =
        [
            Client(LinkKind.Bridged, open, new MasqueradePolicy(["eth0", "eth1"], false)),
            Client(LinkKind.Own, new ClientPolicy { Pool = "web" }, new MasqueradePolicy([], true)),
            Client(LinkKind.Routed, open, new MasqueradePolicy([], false)) with { Role = Role.Proxy, Policy = null, Member = new PoolMember("web", 1, 3, 1) },
        ];
        List<NftOperation> operations = [.. new BaseRules(layout).Create(), .. BridgeRules.Create(), new NftOperation.AddSet(Names.Table, Names.Pool("web"))];
        operations.AddRange([new NftOperation.AddTable(HoldRules.Table, Names.Comment), .. HoldRules.Create()]);
        HashSet<string> made = [];
        foreach (var rules in attachments.Select(attachment => new AttachmentRules(layout, attachment, policy => policy.Numbers.First())))
        {
            operations.AddRange(rules.Groups.Where(group => made.Add(group.Witness)).SelectMany(group => group.Create()));
            operations.AddRange(rules.Elements.Select(owned => new NftOperation.AddElements(owned.Table, owned.Set, [owned.Element])));
        }

        operations.AddRange(new PoolPlan(layout, "web").Move(new int?[Buckets.Count], PoolPlan.Shares([attachments[2]])));
        return operations;
    }

    [Fact]
    public void Our_calls_and_our_text_make_the_same_tables()
    {
        var operations = Everything();
        var file = Path.GetTempFileName();
        File.WriteAllText(file, string.Join('\n', operations));
        Sandbox.Tool(_sandbox.ClientNetns, "nft", "-f", file);
        File.Delete(file);
        _sandbox.Node.Run(() =>
        {
            using var filter = PacketFilter.Open();
            filter.Commit(operations);
        });
        Assert.Equal(
            Sandbox.Tool(_sandbox.ClientNetns, "nft", "list", "ruleset"),
            Sandbox.Tool(_sandbox.Node, "nft", "list", "ruleset"));
    }

    [Theory]
    [InlineData(ProxyMode.Tproxy)]
    [InlineData(ProxyMode.Redirect)]
    public void Our_calls_and_our_text_make_the_same_table_inside_a_proxy(ProxyMode mode)
    {
        ListenPort[] ports = [new(null, 3129), new(80, 3130), new(53, 5300, IsUdp: true)];
        var operations = new CaptureRules(new NodeLayout(), Sandbox.ProxyId, "eth0", new Capture(mode, ports)).Create();
        var file = Path.GetTempFileName();
        File.WriteAllText(file, string.Join('\n', operations));
        Sandbox.Tool(_sandbox.ClientNetns, "nft", "-f", file);
        File.Delete(file);
        using (var filter = PacketFilter.Open(_sandbox.ProxyNetns))
            filter.Commit(operations);
        Assert.Equal(
            Sandbox.Tool(_sandbox.ClientNetns, "nft", "list", "ruleset"),
            Sandbox.Tool(_sandbox.ProxyNetns, "nft", "list", "ruleset"));
    }

    [Fact]
    public void What_was_put_in_is_found_again()
    {
        var operations = Everything();
        _sandbox.Node.Run(() =>
        {
            using var filter = PacketFilter.Open();
            filter.Commit(operations);
            foreach (var (table, set, elements) in operations.OfType<NftOperation.AddElements>().Where(add => !add.Set.Intervals))
            {
                foreach (var element in elements)
                {
                    var found = filter.Find(new OwnedElement(table, set, element));
                    Assert.NotNull(found);
                    Assert.Equal(element.Owner ?? "", found.Owner);
                    Assert.Equal(element.Verdict, found.Verdict);
                }
            }

            Assert.Equal(operations.OfType<NftOperation.AddElements>().SelectMany(add => add.Elements).Count(element => element.Owner is not null), filter.List(_ => true).Count);
            Assert.All(filter.Shares("web"), share => Assert.Equal(3, share));
            Assert.Equal(["web"], filter.Pools());
        });
    }

    [Fact]
    public void What_changed_meanwhile_is_noticed()
    {
        _sandbox.Node.Run(() =>
        {
            using var filter = PacketFilter.Open();
            var generation = filter.Generation();
            Sandbox.Tool(_sandbox.Node, "nft", "add", "table", "inet", "somebody");
            Assert.False(filter.TryCommit(BridgeRules.Create(), generation));
            Assert.False(filter.Has(Names.BridgeTable));
            Assert.True(filter.TryCommit(BridgeRules.Create(), filter.Generation()));
            Assert.True(filter.IsCurrent(Names.BridgeTable, BridgeRules.Fingerprint));
        });
    }
}
