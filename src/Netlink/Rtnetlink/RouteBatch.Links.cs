namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Links.</content>
public sealed partial class RouteBatch
{
    private readonly List<NetnsHandle> _held = [];

    /// <summary>
    /// Creates a veth pair. Equivalent to: <c>ip link add NAME … type veth peer name NAME … netns NAME</c>, and
    /// <c>ip link set NAME alias …</c> where an alias or a mode of address generation is asked for.
    /// </summary>
    /// <remarks>
    /// The second message finds the interface by <see cref="VethPair.Index"/> where that is given, else by name. If the
    /// creation is refused because somebody else's interface has that index or name, the second message meets that one:
    /// with an alias, make sure first that neither is taken.
    /// </remarks>
    public void AddVeth(VethPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        Begin("add link", pair, Tolerate.Nothing);
        ExpectsLinks = true;
        var header = new LinkHeader { Index = pair.Index ?? 0, Flags = UpFlag(pair.Up), Change = UpFlag(pair.Up) };
        using (Writer.BeginMessage(Rtnl.RTM_NEWLINK, Add | NetlinkFlags.Echo, in header))
        {
            PutMacAndMtu(pair.Mac, pair.Mtu);
            PutQueues(pair.TransmitQueueLength, pair.TransmitQueues, pair.ReceiveQueues, pair.Group);
            Writer.PutString(Rtnl.IFLA_IFNAME, pair.Name);
            using (Writer.BeginNested(Rtnl.IFLA_LINKINFO))
            {
                Writer.PutBytes(Rtnl.IFLA_INFO_KIND, "veth"u8);
                using (Writer.BeginNested(Rtnl.IFLA_INFO_DATA))
                    PutPeer(pair.Peer);
            }
        }

        if (pair.Alias is null && pair.AddressGeneration is null)
            return;
        var change = new LinkChange { Alias = pair.Alias, AddressGeneration = pair.AddressGeneration };
        if (pair.Index is { } index)
            SetLink(index, change);
        else
            SetLink(pair.Name, change);
    }

    /// <summary>Changes an interface. Equivalent to: <c>ip link set dev NAME …</c>.</summary>
    public void SetLink(int index, LinkChange change, Tolerate tolerate = Tolerate.Nothing) =>
        SetLink(index, null, change, tolerate);

    /// <inheritdoc cref="SetLink(int, LinkChange, Tolerate)"/>
    /// <exception cref="ArgumentException">A new name is asked for; that takes the index.</exception>
    public void SetLink(string name, LinkChange change, Tolerate tolerate = Tolerate.Nothing) =>
        SetLink(null, name, change, tolerate);

    /// <summary>Deletes an interface, and the other end of a veth pair with it. Equivalent to: <c>ip link delete</c>.</summary>
    public void DeleteLink(int index, Tolerate tolerate = Tolerate.Nothing) => DeleteLink(index, null, tolerate);

    /// <inheritdoc cref="DeleteLink(int, Tolerate)"/>
    public void DeleteLink(string name, Tolerate tolerate = Tolerate.Nothing) => DeleteLink(null, name, tolerate);

    /// <summary>
    /// Deletes all interfaces of a group. Equivalent to: <c>ip link delete group N</c>. The kernel waits once for all of
    /// them until nobody looks at them any more (<c>rcu_barrier</c> in <c>netdev_run_todo</c>, milliseconds), not once
    /// for each. If one of them cannot be deleted, such as a physical one, none is.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Group 0, which every interface is in unless it was put elsewhere.</exception>
    public void DeleteLinkGroup(uint group, Tolerate tolerate = Tolerate.Nothing)
    {
        ArgumentOutOfRangeException.ThrowIfZero(group);
        Begin("delete links of group", group, tolerate);
        using (Writer.BeginMessage(Rtnl.RTM_DELLINK, Change, default(LinkHeader)))
            Writer.PutUInt32(Rtnl.IFLA_GROUP, group);
    }

    private void SetLink(int? index, string? name, LinkChange change, Tolerate tolerate)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (name is not null && change.Name is not null)
            throw new ArgumentException("An interface is renamed by its index.", nameof(change));
        Begin("set link", new LinkTarget(index, name, change), tolerate);
        var header = new LinkHeader
        {
            Index = index ?? 0,
            Flags = UpFlag(change.Up ?? false),
            Change = UpFlag(change.Up is not null),
        };
        using var message = Writer.BeginMessage(Rtnl.RTM_SETLINK, Change, in header);
        PutMacAndMtu(change.Mac, change.Mtu);
        PutQueues(change.TransmitQueueLength, null, null, change.Group);
        if (change.Master is { } master)
            Writer.PutInt32(Rtnl.IFLA_MASTER, master);
        if (change.Alias is { } alias)
            Writer.PutUnterminatedString(Rtnl.IFLA_IFALIAS, alias);
        if (change.AddressGeneration is { } mode)
            PutAddressGeneration(mode);
        PutNetns(change.Netns);
        if ((name ?? change.Name) is { } text)
            Writer.PutString(Rtnl.IFLA_IFNAME, text);
    }

    private void DeleteLink(int? index, string? name, Tolerate tolerate)
    {
        Begin("delete link", new LinkTarget(index, name, null), tolerate);
        var header = new LinkHeader { Index = index ?? 0 };
        using var message = Writer.BeginMessage(Rtnl.RTM_DELLINK, Change, in header);
        if (name is not null)
            Writer.PutString(Rtnl.IFLA_IFNAME, name);
    }

    private void PutPeer(VethPeer peer)
    {
        var header = new LinkHeader { Index = peer.Index ?? 0 };
        using var nested = Writer.BeginNested(Rtnl.VETH_INFO_PEER, in header);
        PutMacAndMtu(peer.Mac, peer.Mtu);
        PutNetns(peer.Netns);
        PutQueues(peer.TransmitQueueLength, peer.TransmitQueues, peer.ReceiveQueues, peer.Group);
        Writer.PutString(Rtnl.IFLA_IFNAME, peer.Name);
    }

    private void PutMacAndMtu(MacAddress? mac, int? mtu)
    {
        if (mac is { } address)
            address.CopyTo(Writer.Reserve(Rtnl.IFLA_ADDRESS, MacAddress.ByteCount));
        if (mtu is { } bytes)
            Writer.PutInt32(Rtnl.IFLA_MTU, bytes);
    }

    private void PutQueues(int? length, int? transmit, int? receive, uint? group)
    {
        if (length is { } packets)
            Writer.PutInt32(Rtnl.IFLA_TXQLEN, packets);
        if (transmit is { } transmitQueues)
            Writer.PutInt32(Rtnl.IFLA_NUM_TX_QUEUES, transmitQueues);
        if (receive is { } receiveQueues)
            Writer.PutInt32(Rtnl.IFLA_NUM_RX_QUEUES, receiveQueues);
        if (group is { } number)
            Writer.PutUInt32(Rtnl.IFLA_GROUP, number);
    }

    private void PutAddressGeneration(AddressGenerationMode mode)
    {
        using (Writer.BeginNested(Rtnl.IFLA_AF_SPEC))
        {
            using (Writer.BeginNested((ushort)InetFamily.IPv6))
                Writer.PutUInt8(Rtnl.IFLA_INET6_ADDR_GEN_MODE, (byte)mode);
        }
    }

    /// <summary>
    /// Puts the descriptor of a namespace, which is held open until the batch is cleared: its number must not come to
    /// mean another file before the kernel reads it.
    /// </summary>
    private void PutNetns(NetnsHandle? netns)
    {
        if (netns is null)
            return;
        var held = false;
        netns.DangerousAddRef(ref held);
        _held.Add(netns);
        Writer.PutInt32(Rtnl.IFLA_NET_NS_FD, (int)netns.DangerousGetHandle());
    }

    internal void ReleaseHeld()
    {
        foreach (var netns in _held)
            netns.DangerousRelease();
        _held.Clear();
    }

    private static uint UpFlag(bool up) => up ? Rtnl.IFF_UP : 0;
}

/// <summary>An interface in words: by name where it was given by name, else by number.</summary>
internal sealed record LinkTarget(int? Index, string? Name, LinkChange? Change)
{
    /// <inheritdoc/>
    public override string ToString() => Name is null ? $"if{Index}{Change}" : $"dev {Name}{Change}";
}
