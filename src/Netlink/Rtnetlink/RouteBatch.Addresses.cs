namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Addresses.</content>
public sealed partial class RouteBatch
{
    /// <summary>Adds an address. Equivalent to: <c>ip address add PREFIX dev NAME</c>.</summary>
    public void AddAddress(InterfaceAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("add address", address, tolerate);
        PutAddress(Rtnl.RTM_NEWADDR, Add, address);
    }

    /// <summary>Adds an address, or changes the one that is there. Equivalent to: <c>ip address replace</c>.</summary>
    public void ReplaceAddress(InterfaceAddress address)
    {
        Begin("replace address", address, Tolerate.Nothing);
        PutAddress(Rtnl.RTM_NEWADDR, Replace, address);
    }

    /// <summary>Deletes an address. Equivalent to: <c>ip address delete PREFIX dev NAME</c>.</summary>
    public void DeleteAddress(InterfaceAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Begin("delete address", address, tolerate);
        PutAddress(Rtnl.RTM_DELADDR, Change, address);
    }

    private void PutAddress(ushort type, NetlinkFlags flags, InterfaceAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var header = new AddressMessageHeader
        {
            Family = (byte)address.Prefix.Family,
            PrefixLength = (byte)address.Prefix.Length,
            Scope = (byte)address.Scope,
            // The header has room for the older flags; the attribute below has the others as well.
            Flags = (byte)address.Flags,
            Index = address.Link,
        };
        using var message = Writer.BeginMessage(type, flags, in header);
        Writer.PutAddress(Rtnl.IFA_LOCAL, address.Prefix.Address);
        if (address.Broadcast is { } broadcast)
            Writer.PutAddress(Rtnl.IFA_BROADCAST, broadcast);
        if (address.Label is { } label)
            Writer.PutString(Rtnl.IFA_LABEL, label);
        if (address.Flags != AddressFlags.None)
            Writer.PutUInt32(Rtnl.IFA_FLAGS, (uint)address.Flags);
        Writer.PutAddress(Rtnl.IFA_ADDRESS, address.Peer ?? address.Prefix.Address);
    }
}
