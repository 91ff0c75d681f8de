using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A table as the kernel has it.</summary>
/// <param name="Family">Which packets it sees.</param>
/// <param name="Name">Its name, unique in the family.</param>
/// <param name="Handle">Its number, never used again by another table while the namespace lives.</param>
/// <param name="Flags">What was set with it.</param>
/// <param name="Use">How many chains, sets and other objects are in it.</param>
/// <param name="UserData">What was stored with it when it was made.</param>
public sealed record NftTable(
    NftFamily Family, string Name, ulong Handle, NftTableFlags Flags, uint Use, NftUserData UserData)
{
    internal static bool TryRead(NetlinkMessage message, out NftTable table)
    {
        table = null!;
        if (!NfTablesMessage.Is(message, NFT_MSG_NEWTABLE))
            return false;
        var attributes = message.Attributes<NfGenHeader>();
        table = new NftTable(
            NfTablesMessage.FamilyOf(message),
            attributes.RequireString(NFTA_TABLE_NAME),
            attributes.FindUInt64BigEndian(NFTA_TABLE_HANDLE) ?? 0,
            (NftTableFlags)(attributes.FindUInt32BigEndian(NFTA_TABLE_FLAGS) ?? 0),
            attributes.FindUInt32BigEndian(NFTA_TABLE_USE) ?? 0,
            attributes.FindUserData(NFTA_TABLE_USERDATA));
        return true;
    }
}

/// <summary><c>NFT_TABLE_F_*</c> of <c>linux/netfilter/nf_tables.h</c>.</summary>
[Flags]
public enum NftTableFlags : uint
{
    /// <summary>An ordinary table.</summary>
    None = 0,

    /// <summary>Its base chains are not called.</summary>
    Dormant = 0x1,

    /// <summary>It belongs to the socket that made it, and goes with it.</summary>
    Owner = 0x2,
}
