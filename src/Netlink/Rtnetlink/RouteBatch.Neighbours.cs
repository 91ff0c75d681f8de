namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Neighbours.</content>
public sealed partial class RouteBatch
{
    /// <summary>Adds a neighbour. Equivalent to: <c>ip neighbour add ADDRESS lladdr MAC dev NAME</c>.</summary>
    public void AddNeighbour(Neighbour neighbour, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("add neighbour", neighbour, tolerate);
        PutNeighbour(Rtnl.RTM_NEWNEIGH, Add, neighbour);
    }

    /// <summary>Adds a neighbour, or changes it. Equivalent to: <c>ip neighbour replace …</c>.</summary>
    public void ReplaceNeighbour(Neighbour neighbour)
    {
        Begin("replace neighbour", neighbour, Tolerate.Nothing);
        PutNeighbour(Rtnl.RTM_NEWNEIGH, Replace, neighbour);
    }

    /// <summary>Deletes a neighbour. Equivalent to: <c>ip neighbour delete ADDRESS dev NAME</c>.</summary>
    public void DeleteNeighbour(int link, InetAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        var neighbour = new Neighbour(link, address);
        Begin("delete neighbour", neighbour, tolerate);
        PutNeighbour(Rtnl.RTM_DELNEIGH, Change, neighbour);
    }

    private void PutNeighbour(ushort type, NetlinkFlags flags, Neighbour neighbour)
    {
        ArgumentNullException.ThrowIfNull(neighbour);
        var header = new NeighbourHeader
        {
            Family = (byte)neighbour.Address.Family,
            Index = neighbour.Link,
            State = (ushort)neighbour.State,
        };
        using var message = Writer.BeginMessage(type, flags, in header);
        Writer.PutAddress(Rtnl.NDA_DST, neighbour.Address);
        if (neighbour.Mac is { } mac)
            mac.CopyTo(Writer.Reserve(Rtnl.NDA_LLADDR, MacAddress.ByteCount));
    }
}
