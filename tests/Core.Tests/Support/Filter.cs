using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;

namespace TransparentCni.Core.Tests.Support;

/// <summary>The packet filter of the sample node, in the pieces in which it is made.</summary>
internal static class Filter
{
    /// <summary>Every piece by the name of its file in <c>Expected</c>, each after those that it refers to.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<NftOperation> Operations)> Pieces { get; } =
    [
        ("base", new BaseRules(Samples.Layout).Create()),
        ("bridge", BridgeRules.Create()),
        ("pool", [new NftOperation.AddSet(Names.Table, Names.Pool("web"))]),
        ("policy-closed", Of(Samples.Closed)),
        ("policy-open", Of(Samples.Open)),
        ("policy-ports", Of(Samples.OnPorts)),
        ("policy-exclude", Of(Samples.Excluding)),
        ("policy-both-ways", Of(Samples.BothWays)),
        ("masquerade-everything", Elements(Samples.Everything)),
        ("masquerade-at-uplinks", Elements(Samples.AtUplinks)),
        ("masquerade-proxied", Elements(Samples.Proxied)),
        ("masquerade-proxied-at-uplinks", Elements(Samples.ProxiedAtUplinks)),
        ("policy-without-pool", Of(Samples.Closed with { Pool = null })),
        ("guest", [.. Groups(Samples.Guest), .. Elements(Samples.Guest)]),
        ("client-beside", Elements(Samples.Beside)),
        ("client-guarded", Elements(Samples.Beside with { Addresses = [], Netns = null })),
        ("guarded-network", [.. BaseRules.Guards("br-1").Select(owned => new NftOperation.AddElements(owned.Table, owned.Set, [owned.Element]))]),
        .. Enum.GetValues<LinkKind>().Select(link => (
            $"proxy-{link}".ToLowerInvariant(),
            (IReadOnlyList<NftOperation>)[.. Group(Samples.Attachment(Role.Proxy, link)), .. Elements(Samples.Attachment(Role.Proxy, link))])),
        .. new[] { Role.None, Role.Client }.SelectMany(role => Enum.GetValues<LinkKind>().Select(link => (
            $"{role}-{link}".ToLowerInvariant(), Elements(Samples.Attachment(role, link))))),
    ];

    /// <summary>The chains of a policy.</summary>
    public static IReadOnlyList<NftOperation> Of(ClientPolicy policy) => Samples.Rules(policy).Group().Create();

    /// <summary>What an attachment has for itself, one line an element.</summary>
    public static IReadOnlyList<NftOperation> Elements(Attachment attachment) =>
    [
        .. Samples.Rules(attachment).Elements.Select(owned => new NftOperation.AddElements(owned.Table, owned.Set, [owned.Element])),
    ];

    private static IReadOnlyList<NftOperation> Groups(Attachment attachment) => [.. Samples.Rules(attachment).Groups.SelectMany(group => group.Create())];

    private static IReadOnlyList<NftOperation> Elements(MasqueradePolicy masquerade) =>
        Elements(Samples.Attachment(Role.None, LinkKind.Own) with { Masquerade = masquerade });

    private static IReadOnlyList<NftOperation> Group(Attachment proxy) =>
        new ProxyRules(Samples.Layout, proxy.Member!).Group().Create();
}
