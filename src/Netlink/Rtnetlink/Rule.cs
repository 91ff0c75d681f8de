using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>
/// A rule of the routing policy; see <see href="https://man7.org/linux/man-pages/man8/ip-rule.8.html">ip-rule(8)</see>.
/// Selectors that are null match everything.
/// </summary>
public sealed record Rule
{
    /// <summary>Which protocol.</summary>
    public required InetFamily Family { get; init; }

    /// <summary>Its place: lower numbers come first. Null lets the kernel choose.</summary>
    public uint? Priority { get; init; }

    /// <summary>What is done with a packet that it matches.</summary>
    public RuleAction Action { get; init; } = RuleAction.Lookup;

    /// <summary>The table to look in, for <see cref="RuleAction.Lookup"/>.</summary>
    public uint? Table { get; init; }

    /// <summary>The priority to go on at, for <see cref="RuleAction.Goto"/>.</summary>
    public uint? Goto { get; init; }

    /// <summary>It matches what the selectors do not.</summary>
    public bool Invert { get; init; }

    /// <summary>Source.</summary>
    public InetPrefix? From { get; init; }

    /// <summary>Destination.</summary>
    public InetPrefix? To { get; init; }

    /// <summary>Name of the interface that the packet came in by; it need not exist yet.</summary>
    public string? InputDevice { get; init; }

    /// <summary>Name of the interface that the sending socket is bound to.</summary>
    public string? OutputDevice { get; init; }

    /// <summary>Firewall mark, compared under <see cref="MarkMask"/>.</summary>
    public uint? Mark { get; init; }

    /// <summary>Which bits of the mark count; null for all.</summary>
    public uint? MarkMask { get; init; }

    /// <summary>A route that was found counts only if its prefix is longer than this.</summary>
    public int? SuppressPrefixLength { get; init; }

    /// <summary>Who put it there; see <see cref="RouteProtocol"/>.</summary>
    public byte Protocol { get; init; }

    /// <summary>As in a command of <c>ip</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, "priority", Priority);
        if (Invert)
            text.Append(" not");
        Append(text, "from", From);
        Append(text, "to", To);
        Append(text, "iif", InputDevice);
        Append(text, "oif", OutputDevice);
        if (Mark is { } mark)
            text.Append(CultureInfo.InvariantCulture, $" fwmark 0x{mark:x}/0x{MarkMask ?? uint.MaxValue:x}");
        AppendAction(text);
        Append(text, "suppress_prefixlength", SuppressPrefixLength);
        return Family == InetFamily.IPv6 ? "-6" + text : text.ToString(1, text.Length - 1);
    }

    private void AppendAction(StringBuilder text)
    {
        if (Action == RuleAction.Lookup)
            Append(text, "lookup", Table ?? Rtnl.RT_TABLE_MAIN);
        else if (Action == RuleAction.Goto)
            Append(text, "goto", Goto);
        else
            text.Append(' ').Append(Action.ToString().ToLowerInvariant());
    }

    private static void Append<T>(StringBuilder text, string name, T? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $" {name} {value}");
    }
}

/// <summary><c>FR_ACT_*</c> of <c>linux/fib_rules.h</c>.</summary>
public enum RuleAction : byte
{
    /// <summary><c>FR_ACT_TO_TBL</c>: look in a table.</summary>
    Lookup = 1,

    /// <summary>Go on at another rule.</summary>
    Goto = 2,

    /// <summary>Nothing.</summary>
    Nop = 3,

    /// <summary>Drop without a word.</summary>
    Blackhole = 6,

    /// <summary>Refuse: network unreachable.</summary>
    Unreachable = 7,

    /// <summary>Refuse: administratively prohibited.</summary>
    Prohibit = 8,
}
