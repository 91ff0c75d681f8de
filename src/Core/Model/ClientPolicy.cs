using System.Net;

namespace TransparentCni.Core.Model;

/// <summary>Which flows of a client cross the proxy.</summary>
public enum FlowDirection
{
    /// <summary>Flows that the client opens.</summary>
    Egress,

    /// <summary>Flows opened towards the client as well.</summary>
    Both,
}

/// <summary>What happens to a client's flows while no proxy of its pool lives.</summary>
public enum FailureMode
{
    /// <summary>They are refused.</summary>
    Closed,

    /// <summary>They go direct.</summary>
    Open,
}

/// <summary>
/// What a client asks for. Clients with the same policy share its chains: rules grow with policies, never with clients.
/// </summary>
public sealed record ClientPolicy
{
    /// <summary>The pool whose proxies the client's traffic crosses; null: none, and what would cross one is refused.</summary>
    public required string? Pool { get; init; }

    /// <summary>Only these destination ports cross the proxy; empty: everything does.</summary>
    public IReadOnlyList<PortRange> Ports { get; init; } = [];

    /// <summary>Destinations that go direct, judged before any destination NAT.</summary>
    public IReadOnlyList<IPNetwork> Exclude { get; init; } = [];

    /// <summary>Which flows are meant.</summary>
    public FlowDirection Direction { get; init; }

    /// <summary>What to do without a proxy.</summary>
    public FailureMode OnFailure { get; init; }

    /// <summary>
    /// The policy as one line with its lists in order, so that the same wishes in another order are the same policy.
    /// </summary>
    public string Canonical =>
        $"via={Pool} ports={Join(Ports)} exclude={Join(Exclude)} direction={Direction} onFailure={OnFailure}";

    /// <summary>The name that this policy's chains and sets carry: 16 hexadecimal digits.</summary>
    public string Hash => Fingerprint.Hex(Canonical, 16);

    /// <summary>
    /// The numbers that this policy may have in the packet filter, the one to be preferred first. Each is as good as
    /// random, and never 0; that two policies prefer the same one is rare, but can be brought about by whoever writes one.
    /// </summary>
    public IEnumerable<uint> Numbers =>
        Enumerable.Range(0, MaxNumbers).Select(attempt => (uint)(Fingerprint.UInt64($"{attempt}/{Canonical}") % (uint.MaxValue - 1)) + 1);

    private const int MaxNumbers = 64;

    /// <inheritdoc/>
    public bool Equals(ClientPolicy? other) => other is not null && Canonical == other.Canonical;

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);

    private static string Join<T>(IReadOnlyList<T> list)
    {
        var texts = new string[list.Count];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = list[i]!.ToString()!;
        Array.Sort(texts, StringComparer.Ordinal);
        return string.Join(',', texts);
    }
}

/// <summary>
/// How what leaves by an uplink is masqueraded; a property of the node's administrator, shared by clients and proxies.
/// </summary>
/// <param name="Uplinks">The interfaces to the outside; empty: every interface that is not one of ours.</param>
/// <param name="DirectToo">
/// Whether traffic that does not cross a proxy is masqueraded as well: yes where this plugin is the whole network,
/// no where another plugin came first and has its own say.
/// </param>
public sealed record MasqueradePolicy(IReadOnlyList<string> Uplinks, bool DirectToo)
{
    /// <summary>The policy as one line.</summary>
    public string Canonical
    {
        get
        {
            var names = Uplinks.ToArray();
            Array.Sort(names, StringComparer.Ordinal);
            // The kernel lets a comma into an interface's name, but no slash (dev_valid_name in net/core/dev.c).
            return $"uplinks={string.Join('/', names)} direct={DirectToo}";
        }
    }

    /// <inheritdoc/>
    public bool Equals(MasqueradePolicy? other) => other is not null && Canonical == other.Canonical;

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);
}
