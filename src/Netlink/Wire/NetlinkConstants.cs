namespace TransparentCni.Netlink;

/// <summary>Numbers of <c>linux/netlink.h</c> under the names they have there.</summary>
internal static class NetlinkConstants
{
    public const ushort NLA_F_NESTED = 1 << 15;
    public const ushort NLA_F_NET_BYTEORDER = 1 << 14;

    public const ushort NLMSGERR_ATTR_MSG = 1;
    public const ushort NLMSGERR_ATTR_OFFS = 2;
    public const ushort NLMSGERR_ATTR_MISS_TYPE = 5;
}
