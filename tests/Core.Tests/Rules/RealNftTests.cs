using System.Net;
using FsCheck.Fluent;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

/// <summary>What is printed, read by the real nft in a namespace of its own.</summary>
public sealed class RealNftTests : IDisposable
{
    private readonly ScratchNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Deleting_a_group_undoes_making_it()
    {
        MakeTables("web");
        var before = _node.Ruleset();
        ChainGroup[] groups =
        [
            .. new[] { Samples.Closed, Samples.Open, Samples.OnPorts, Samples.Excluding, Samples.BothWays }
                .Select(policy => Samples.Rules(policy).Group()),
            new ProxyRules(Samples.Layout, Samples.Member).Group(),
        ];

        foreach (var group in groups)
        {
            _node.Apply(group.Create());
            Assert.NotEqual(before, _node.Ruleset());
            _node.Apply(group.Delete());
            Assert.Equal(before, _node.Ruleset());
        }
    }

    [Fact]
    public void Deleting_every_element_and_group_leaves_the_static_part()
    {
        MakeTables("web");
        var before = _node.Ruleset();
        var attachments = Enum.GetValues<Role>().SelectMany(role => Enum.GetValues<LinkKind>().Select(link => Samples.Attachment(role, link)))
            .Select(Samples.Rules).ToList();
        var groups = attachments.SelectMany(rules => rules.Groups).DistinctBy(group => group.Witness).ToList();
        var elements = attachments.SelectMany(rules => rules.Elements).ToList();

        _node.Apply(groups.SelectMany(group => group.Create()));
        _node.Apply(elements.Select(owned => new NftOperation.AddElements(owned.Table, owned.Set, [owned.Element])));
        _node.Apply(elements.Select(owned => new NftOperation.DeleteElements(owned.Table, owned.Set, [owned.Element])));
        _node.Apply(groups.SelectMany(group => group.Delete()));

        Assert.Equal(before, _node.Ruleset());
    }

    [Fact]
    public void Deleting_the_tables_leaves_nothing()
    {
        MakeTables("web");

        _node.Apply([new NftOperation.DeleteTable(Names.Table), new NftOperation.DeleteTable(Names.BridgeTable)]);

        Assert.Equal("", _node.Ruleset());
    }

    [Fact]
    public void A_pools_map_can_be_deleted_with_its_elements()
    {
        var pool = Names.Pool("web");
        _node.Apply(new BaseRules(Samples.Layout).Create());
        _node.Apply(new ProxyRules(Samples.Layout, Samples.Member).Group().Create());
        var before = _node.Ruleset();

        _node.Apply(
        [
            new NftOperation.AddSet(Names.Table, pool),
            new NftOperation.AddElements(Names.Table, pool, [new NftElement([new KeyPart.Bucket(255)], NftVerdict.Goto(Names.ToChain(5)))]),
        ]);
        _node.Apply([new NftOperation.DeleteSet(Names.Table, pool)]);

        Assert.Equal(before, _node.Ruleset());
    }

    [Theory]
    [InlineData(0x00000fffu)]
    [InlineData(0xf0000000u)]
    [InlineData(0x0000ffffu)]
    [InlineData(0xffffffffu)]
    public void Other_marks_are_as_good(uint mask)
    {
        var layout = new NodeLayout { MarkMask = mask, ZoneBase = 65535 };

        _node.Apply(new BaseRules(layout).Create());
        _node.Apply(new ProxyRules(layout, Samples.Member with { Number = layout.LastNumber }).Group().Create());
        _node.Apply([new NftOperation.AddSet(Names.Table, Names.Pool("web"))]);
        _node.Apply(new PolicyRules(layout, Samples.BothWays, 1).Group().Create());
    }

    [Fact]
    public void Any_policy_that_can_be_asked_for_is_taken()
    {
        var policies = Generators.Policy.Sample(30, 40).Append(Edges()).Distinct().ToList();
        MakeTables([.. policies.Select(policy => policy.Pool!).Distinct()]);

        _node.Apply(policies.SelectMany(policy => Samples.Rules(policy).Group().Create()));
    }

    [Fact]
    public void The_longest_owner_is_taken_and_comes_back_whole()
    {
        var id = new AttachmentId(new string('n', 40), new string('c', 75), "東");
        Assert.Equal(id.ToString(), id.Owner);
        _node.Apply(new BaseRules(Samples.Layout).Create());

        var element = new NftElement([new KeyPart.InterfaceName("veth1")], Owner: id.Owner);
        _node.Apply([new NftOperation.AddElements(Names.Table, Names.ClientInterfaces, [element])]);

        Assert.Contains($"\"{id.Owner}\"", _node.Ruleset(), StringComparison.Ordinal);
    }

    private static ClientPolicy Edges() => new()
    {
        Pool = "web",
        Ports = [.. PortRange.Protocols.Select(protocol => PortRange.Parse(protocol.Name)!.Value)],
        Exclude = [IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("::/0")],
    };

    private void MakeTables(params string[] pools)
    {
        _node.Apply(new BaseRules(Samples.Layout).Create());
        _node.Apply(BridgeRules.Create());
        _node.Apply(pools.Select(pool => new NftOperation.AddSet(Names.Table, Names.Pool(pool))));
    }
}
