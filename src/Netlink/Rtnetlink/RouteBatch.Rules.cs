namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Rules.</content>
public sealed partial class RouteBatch
{
    /// <summary>
    /// Adds a rule. Equivalent to: <c>ip [-6] rule add …</c>. One that equals it in everything is refused with EEXIST.
    /// </summary>
    public void AddRule(Rule rule, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("add rule", rule, tolerate);
        PutRule(Rtnl.RTM_NEWRULE, Add, rule);
    }

    /// <summary>
    /// Deletes a rule: the first that has all that is said here. Equivalent to: <c>ip [-6] rule delete …</c>.
    /// </summary>
    public void DeleteRule(Rule rule, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("delete rule", rule, tolerate);
        PutRule(Rtnl.RTM_DELRULE, Change, rule);
    }

    private void PutRule(ushort type, NetlinkFlags flags, Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var table = rule.Action == RuleAction.Lookup ? rule.Table ?? Rtnl.RT_TABLE_MAIN : Rtnl.RT_TABLE_UNSPEC;
        var header = new RuleHeader
        {
            Family = (byte)rule.Family,
            DestinationLength = (byte)(rule.To?.Length ?? 0),
            SourceLength = (byte)(rule.From?.Length ?? 0),
            Table = table <= byte.MaxValue ? (byte)table : Rtnl.RT_TABLE_UNSPEC,
            Action = (byte)rule.Action,
            Flags = rule.Invert ? Rtnl.FIB_RULE_INVERT : 0,
        };
        using var message = Writer.BeginMessage(type, flags, in header);
        if (rule.From is { Length: > 0 } from)
            Writer.PutAddress(Rtnl.FRA_SRC, from.Network.Address);
        if (rule.To is { Length: > 0 } to)
            Writer.PutAddress(Rtnl.FRA_DST, to.Network.Address);
        PutMark(rule);
        if (rule.InputDevice is { } input)
            Writer.PutString(Rtnl.FRA_IIFNAME, input);
        if (rule.OutputDevice is { } output)
            Writer.PutString(Rtnl.FRA_OIFNAME, output);
        if (rule.Priority is { } priority)
            Writer.PutUInt32(Rtnl.FRA_PRIORITY, priority);
        if (table > byte.MaxValue)
            Writer.PutUInt32(Rtnl.FRA_TABLE, table);
        if (rule.SuppressPrefixLength is { } length)
            Writer.PutInt32(Rtnl.FRA_SUPPRESS_PREFIXLEN, length);
        if (rule is { Action: RuleAction.Goto, Goto: { } target })
            Writer.PutUInt32(Rtnl.FRA_GOTO, target);
        if (rule.Protocol != 0)
            Writer.PutUInt8(Rtnl.FRA_PROTOCOL, rule.Protocol);
    }

    private void PutMark(Rule rule)
    {
        if (rule.Mark is { } mark)
            Writer.PutUInt32(Rtnl.FRA_FWMARK, mark);
        if (rule.MarkMask is { } mask)
            Writer.PutUInt32(Rtnl.FRA_FWMASK, mask);
    }
}
