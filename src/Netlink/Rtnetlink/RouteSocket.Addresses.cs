namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Addresses.</content>
public sealed partial class RouteSocket
{
    /// <inheritdoc cref="RouteBatch.AddAddress"/>
    public void AddAddress(InterfaceAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().AddAddress(address, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.ReplaceAddress"/>
    public void ReplaceAddress(InterfaceAddress address)
    {
        Single().ReplaceAddress(address);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteAddress"/>
    public void DeleteAddress(InterfaceAddress address, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteAddress(address, tolerate);
        ExecuteSingle();
    }

    /// <summary>Lists addresses; the kernel filters. Equivalent to: <c>ip address show [dev NAME]</c>.</summary>
    /// <param name="link">Index of the interface; null for all. One that is not there has no addresses.</param>
    /// <param name="family">Which protocol; unspecified for both.</param>
    public List<InterfaceAddress> ListAddresses(int? link = null, InetFamily family = InetFamily.Unspecified)
    {
        RouteQueries.ListAddresses(Query(), link, family);
        const string Operation = "list addresses";
        NetlinkParser<InterfaceAddress> parse = AddressParser.TryParse;
        if (Socket.TryDump(_query, Operation, null, parse, out var list, out var failure))
            return list;
        return failure.Errno == Errno.ENODEV ? [] : throw new NetlinkException(failure, Operation, $"dev if{link}");
    }
}
