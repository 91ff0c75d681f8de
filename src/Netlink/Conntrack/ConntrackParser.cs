namespace TransparentCni.Netlink.Conntrack;

/// <summary>Reads <c>IPCTNL_MSG_CT_NEW</c>; attributes it does not know are passed over.</summary>
internal ref struct ConntrackParser
{
    public ConntrackTuple Original;
    public ConntrackTuple Reply;
    public ConntrackZone Zone;
    public uint Mark;
    public uint Id;
    public NetlinkAttribute OriginalAttribute;
    private ConntrackStatus _status;
    private int _timeout;
    private ConntrackTcpState? _tcpState;

    /// <summary>Whether the message describes an entry.</summary>
    public static bool TryRead(NetlinkMessage message, out ConntrackParser parser)
    {
        parser = default;
        if (message.Header.Type != ConntrackMessages.Type(Ctnl.IPCTNL_MSG_CT_NEW))
            return false;
        foreach (var attribute in message.Attributes<NetfilterHeader>())
            parser.Take(attribute);
        return true;
    }

    public static bool TryParse(NetlinkMessage message, out ConntrackEntry entry)
    {
        entry = null!;
        if (!TryRead(message, out var parser))
            return false;
        entry = parser.ToEntry();
        return true;
    }

    public readonly ConntrackEntry ToEntry() => new()
    {
        Original = Original,
        Reply = Reply,
        Zone = Zone,
        Mark = Mark,
        Status = _status,
        TimeoutSeconds = _timeout,
        TcpState = _tcpState,
        Id = Id,
    };

    private void Take(NetlinkAttribute attribute)
    {
        switch (attribute.Type)
        {
            case Ctnl.CTA_TUPLE_ORIG:
                OriginalAttribute = attribute;
                Original = ConntrackTuple.Read(attribute, out var originalZone);
                TakeZone(originalZone, ConntrackZoneDirection.Original);
                break;
            case Ctnl.CTA_TUPLE_REPLY:
                Reply = ConntrackTuple.Read(attribute, out var replyZone);
                TakeZone(replyZone, ConntrackZoneDirection.Reply);
                break;
            case Ctnl.CTA_ZONE:
                TakeZone(attribute.AsUInt16BigEndian(), ConntrackZoneDirection.Both);
                break;
            case Ctnl.CTA_STATUS:
                _status = (ConntrackStatus)attribute.AsUInt32BigEndian();
                break;
            case Ctnl.CTA_TIMEOUT:
                _timeout = (int)attribute.AsUInt32BigEndian();
                break;
            case Ctnl.CTA_MARK:
                Mark = attribute.AsUInt32BigEndian();
                break;
            case Ctnl.CTA_ID:
                Id = attribute.AsUInt32BigEndian();
                break;
            case Ctnl.CTA_PROTOINFO when attribute.Nested().TryFind(Ctnl.CTA_PROTOINFO_TCP, out var tcp)
                && tcp.Nested().TryFind(Ctnl.CTA_PROTOINFO_TCP_STATE, out var state):
                _tcpState = (ConntrackTcpState)state.AsUInt8();
                break;
            default:
                break;
        }
    }

    private void TakeZone(ushort? id, ConntrackZoneDirection direction)
    {
        if (id is { } number)
            Zone = new ConntrackZone(number, direction);
    }
}
