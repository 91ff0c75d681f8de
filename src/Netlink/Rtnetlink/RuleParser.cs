namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>Reads <c>RTM_NEWRULE</c>; attributes it does not know are passed over.</summary>
internal static class RuleParser
{
    public static bool TryParse(NetlinkMessage message, out Rule rule)
    {
        rule = null!;
        return message.Header.Type == Rtnl.RTM_NEWRULE && TryRead(message, out rule);
    }

    /// <summary>The same, whatever type the message says; <c>RTM_DELRULE</c> looks alike.</summary>
    public static bool TryRead(NetlinkMessage message, out Rule rule)
    {
        var header = message.FamilyHeader<RuleHeader>();
        // The kernel says a priority only where it is not 0.
        var fields = new Fields { Table = header.Table };
        foreach (var attribute in message.Attributes<RuleHeader>())
            fields.Take(attribute);
        var action = (RuleAction)header.Action;
        rule = new Rule
        {
            Family = (InetFamily)header.Family,
            Priority = fields.Priority,
            Action = action,
            Table = action == RuleAction.Lookup ? fields.Table : null,
            Goto = action == RuleAction.Goto ? fields.Goto : null,
            Invert = (header.Flags & Rtnl.FIB_RULE_INVERT) != 0,
            From = fields.From is { } from ? from.WithLength(header.SourceLength) : null,
            To = fields.To is { } to ? to.WithLength(header.DestinationLength) : null,
            InputDevice = fields.InputDevice,
            OutputDevice = fields.OutputDevice,
            Mark = fields.Mark,
            MarkMask = fields.MarkMask,
            SuppressPrefixLength = fields.SuppressPrefixLength,
            Protocol = fields.Protocol,
        };
        return true;
    }

    private struct Fields()
    {
        public uint Table;
        public uint Priority;
        public uint? Goto;
        public InetAddress? From;
        public InetAddress? To;
        public string? InputDevice;
        public string? OutputDevice;
        public uint? Mark;
        public uint? MarkMask;
        public int? SuppressPrefixLength;
        public byte Protocol;

        public void Take(NetlinkAttribute attribute)
        {
            switch (attribute.Type)
            {
                case Rtnl.FRA_SRC:
                    From = attribute.AsAddress();
                    break;
                case Rtnl.FRA_DST:
                    To = attribute.AsAddress();
                    break;
                case Rtnl.FRA_IIFNAME:
                    InputDevice = attribute.AsString();
                    break;
                case Rtnl.FRA_OIFNAME:
                    OutputDevice = attribute.AsString();
                    break;
                case Rtnl.FRA_GOTO:
                    Goto = attribute.AsUInt32();
                    break;
                case Rtnl.FRA_PRIORITY:
                    Priority = attribute.AsUInt32();
                    break;
                case Rtnl.FRA_FWMARK:
                    Mark = attribute.AsUInt32();
                    break;
                case Rtnl.FRA_FWMASK:
                    MarkMask = attribute.AsUInt32();
                    break;
                case Rtnl.FRA_TABLE:
                    Table = attribute.AsUInt32();
                    break;
                case Rtnl.FRA_SUPPRESS_PREFIXLEN:
                    // 0xffffffff is said where there is none.
                    SuppressPrefixLength = attribute.AsInt32() is >= 0 and var length ? length : null;
                    break;
                case Rtnl.FRA_PROTOCOL:
                    Protocol = attribute.AsUInt8();
                    break;
                default:
                    break;
            }
        }
    }
}
