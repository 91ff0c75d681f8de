using System.Net;
using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;
using AddressFamily = TransparentCni.Core.Model.AddressFamily;

namespace TransparentCni.Core.Tests.Rules;

public sealed class AttachmentRulesTests
{
    public static TheoryData<Role, LinkKind> Kinds
    {
        get
        {
            TheoryData<Role, LinkKind> kinds = [];
            foreach (var role in Enum.GetValues<Role>())
            {
                foreach (var link in Enum.GetValues<LinkKind>())
                    kinds.Add(role, link);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_element_is_marked_as_its_owners(Role role, LinkKind link)
    {
        var attachment = Samples.Attachment(role, link);

        Assert.All(Rules(attachment).Elements, owned => Assert.Equal(attachment.Id.Owner, owned.Element.Owner));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_element_leads_to_a_chain_of_its_own_groups(Role role, LinkKind link)
    {
        var rules = Rules(Samples.Attachment(role, link));
        var chains = rules.Groups.SelectMany(group => group.Chains).Select(chain => chain.Name).ToHashSet();

        Assert.All(rules.Elements, owned => Assert.True(owned.Element.Verdict is null || chains.Contains(owned.Element.Verdict.Chain!)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_two_elements_of_a_set_have_the_same_key(Role role, LinkKind link)
    {
        var elements = Rules(Samples.Attachment(role, link)).Elements;

        Assert.Equal(elements.Count, elements.Select(owned => (owned.Table, owned.Set.Name, owned.Element.KeyText)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Only_a_bridged_client_or_proxy_needs_the_bridge_table(Role role, LinkKind link) =>
        Assert.Equal(role != Role.None && link == LinkKind.Bridged, Rules(Samples.Attachment(role, link)).NeedsBridgeTable);

    [Theory]
    [InlineData(Role.None, null)]
    [InlineData(Role.Client, "web")]
    [InlineData(Role.Proxy, "web")]
    public void Clients_and_proxies_need_their_pool(Role role, string? pool) =>
        Assert.Equal(pool, Rules(Samples.Attachment(role, LinkKind.Own)).Pool);

    [Fact]
    public void Without_masquerade_nothing_says_how_to_masquerade()
    {
        var rules = Rules(Samples.Attachment(Role.None, LinkKind.Own) with { Masquerade = null });

        Assert.All(rules.Elements, owned => Assert.StartsWith("attached", owned.Set.Name, StringComparison.Ordinal));
        Assert.Empty(rules.Groups);
    }

    [Theory]
    [InlineData(AddressFamily.IPv4, "10.10.0.4")]
    [InlineData(AddressFamily.IPv6, "fd00:10::4")]
    public void An_attachment_of_one_family_is_in_no_set_of_the_other(AddressFamily family, string address)
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            var attachment = Samples.Attachment(role, LinkKind.Bridged) with { Addresses = [IPAddress.Parse(address)] };
            var types = Rules(attachment).Elements.SelectMany(owned => owned.Set.Key).Where(type => type is KeyType.IPv4Address or KeyType.IPv6Address);

            Assert.All(types, type => Assert.Equal(Names.AddressKey(family), type));
        }
    }

    [Fact]
    public void Each_address_of_a_client_is_held_to_its_policy()
    {
        var client = Samples.Attachment(Role.Client, LinkKind.Own) with
        {
            Addresses = [IPAddress.Parse("10.10.0.4"), IPAddress.Parse("10.10.0.40"), IPAddress.Parse("fd00:10::4")],
        };
        var sets = Rules(client).Elements.Select(owned => owned.Set.Name).CountBy(name => name).ToDictionary();

        Assert.Equal(
            new() { ["attached4"] = 2, ["attached6"] = 1, ["masqueraded4"] = 2, ["masqueraded6"] = 1, ["users"] = 1, ["client_if"] = 1, ["policy4"] = 2, ["policy6"] = 1 },
            sets);
    }

    [Fact]
    public void A_gateway_is_shared_by_all_that_leave_by_it()
    {
        var other = Rules(Samples.Guest with { Id = new AttachmentId("lab", "other", "eth0") });

        Assert.Equal(Rules(Samples.Guest).Groups.Select(group => group.Witness), other.Groups.Select(group => group.Witness));
        Assert.Equal(2, other.Groups.Count);
    }

    [Fact]
    public void Clients_of_one_policy_share_its_chains()
    {
        var one = Rules(Samples.Attachment(Role.Client, LinkKind.Own));
        var other = Rules(Samples.Attachment(Role.Client, LinkKind.Routed));

        Assert.Equal(one.Groups.Select(group => group.Witness), other.Groups.Select(group => group.Witness));
    }

    [Fact]
    public void A_bridge_is_not_an_interface_of_one_client() =>
        Assert.DoesNotContain(
            Rules(Samples.Attachment(Role.Client, LinkKind.Bridged)).Elements, owned => owned.Set.Name == Names.ClientInterfaces.Name);

    private static AttachmentRules Rules(Attachment attachment) => Samples.Rules(attachment);
}
