using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A set or map as the kernel has it, without its elements.</summary>
/// <param name="Family">Family of its table.</param>
/// <param name="Table">Its table.</param>
/// <param name="Name">Its name, unique in the table.</param>
/// <param name="Handle">Its number in the table.</param>
/// <param name="Flags">What it can do.</param>
/// <param name="KeyType">nft's number for the type of the key; a concatenation has six bits for each field.</param>
/// <param name="KeyLength">Bytes of a key.</param>
/// <param name="DataType">nft's number for the type of the data; null for a set.</param>
/// <param name="DataLength">Bytes of the data; null for a set, and 0 for verdicts.</param>
/// <param name="Size">How many elements it can hold; null for no limit.</param>
/// <param name="Timeout">How long an element stays unless it says so itself; null for ever.</param>
/// <param name="UserData">What was stored with it when it was made; nft's notes about the types are in it.</param>
public sealed record NftSetInfo(
    NftFamily Family,
    string Table,
    string Name,
    ulong Handle,
    NftSetFlags Flags,
    uint KeyType,
    uint KeyLength,
    uint? DataType,
    uint? DataLength,
    uint? Size,
    TimeSpan? Timeout,
    NftUserData UserData)
{
    /// <summary>The comment in the user data; null for none.</summary>
    public string? Comment => UserData.FindText(UserDataTags.SetComment);

    /// <summary>Whether its data are verdicts.</summary>
    public bool IsVerdictMap => DataType == NFT_DATA_VERDICT;

    internal static bool TryRead(NetlinkMessage message, out NftSetInfo set)
    {
        set = null!;
        if (!NfTablesMessage.Is(message, NFT_MSG_NEWSET))
            return false;
        var attributes = message.Attributes<NfGenHeader>();
        var flags = (NftSetFlags)(attributes.FindUInt32BigEndian(NFTA_SET_FLAGS) ?? 0);
        var isMap = flags.HasFlag(NftSetFlags.Map);
        set = new NftSetInfo(
            NfTablesMessage.FamilyOf(message),
            attributes.RequireString(NFTA_SET_TABLE),
            attributes.RequireString(NFTA_SET_NAME),
            attributes.FindUInt64BigEndian(NFTA_SET_HANDLE) ?? 0,
            flags,
            attributes.FindUInt32BigEndian(NFTA_SET_KEY_TYPE) ?? 0,
            attributes.RequireUInt32BigEndian(NFTA_SET_KEY_LEN),
            isMap ? attributes.FindUInt32BigEndian(NFTA_SET_DATA_TYPE) : null,
            isMap ? attributes.FindUInt32BigEndian(NFTA_SET_DATA_LEN) : null,
            attributes.TryFind(NFTA_SET_DESC, out var description)
                ? description.Nested().FindUInt32BigEndian(NFTA_SET_DESC_SIZE)
                : null,
            attributes.FindMilliseconds(NFTA_SET_TIMEOUT),
            attributes.FindUserData(NFTA_SET_USERDATA));
        return true;
    }
}
