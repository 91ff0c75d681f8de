using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>A chain as the kernel has it.</summary>
/// <param name="Family">Family of its table.</param>
/// <param name="Table">Its table.</param>
/// <param name="Name">Its name, unique in the table.</param>
/// <param name="Handle">Its number in the table.</param>
/// <param name="Use">Its rules, and the rules and elements that jump to it, counted together; 0 says that it may
/// go.</param>
/// <param name="Hook">What calls it; null for a chain that is jumped to.</param>
/// <param name="UserData">What was stored with it when it was made.</param>
public sealed record NftChain(
    NftFamily Family,
    string Table,
    string Name,
    ulong Handle,
    uint Use,
    NftChainHook? Hook,
    NftUserData UserData)
{
    internal static bool TryRead(NetlinkMessage message, out NftChain chain)
    {
        chain = null!;
        if (!NfTablesMessage.Is(message, NFT_MSG_NEWCHAIN))
            return false;
        var attributes = message.Attributes<NfGenHeader>();
        var family = NfTablesMessage.FamilyOf(message);
        chain = new NftChain(
            family,
            attributes.RequireString(NFTA_CHAIN_TABLE),
            attributes.RequireString(NFTA_CHAIN_NAME),
            attributes.FindUInt64BigEndian(NFTA_CHAIN_HANDLE) ?? 0,
            attributes.FindUInt32BigEndian(NFTA_CHAIN_USE) ?? 0,
            attributes.TryFind(NFTA_CHAIN_HOOK, out var hook)
                ? NftChainHook.Read(family, hook.Nested(), attributes)
                : null,
            attributes.FindUserData(NFTA_CHAIN_USERDATA));
        return true;
    }
}

/// <summary>What makes a chain a base chain.</summary>
/// <param name="Hook">Where packets come by.</param>
/// <param name="Priority">Order among the chains of the hook, the smallest first.</param>
/// <param name="Type">What its rules may do; null for a type that is not known here.</param>
/// <param name="Policy">What becomes of packets that no rule decided on.</param>
public sealed record NftChainHook(NftHook Hook, int Priority, NftChainType? Type, NftPolicy Policy)
{
    /// <summary>The devices of an ingress or egress chain.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    internal static NftChainHook Read(NftFamily family, NetlinkAttributes hook, NetlinkAttributes chain)
    {
        var type = chain.FindString(NFTA_CHAIN_TYPE);
        return new NftChainHook(
            NftHookNumbers.FromNumber(hook.RequireUInt32BigEndian(NFTA_HOOK_HOOKNUM), family),
            (int)hook.RequireUInt32BigEndian(NFTA_HOOK_PRIORITY),
            type is null ? null : NftChainTypeNames.FromKeyword(type),
            (NftPolicy)(chain.FindUInt32BigEndian(NFTA_CHAIN_POLICY) ?? (uint)NftPolicy.Accept))
        {
            Devices = ReadDevices(hook),
        };
    }

    private static List<string> ReadDevices(NetlinkAttributes hook)
    {
        var devices = new List<string>();
        if (hook.TryFind(NFTA_HOOK_DEVS, out var list))
        {
            foreach (var device in list.Nested())
                devices.Add(device.AsString());
        }
        else if (hook.FindString(NFTA_HOOK_DEV) is { } only)
            devices.Add(only);

        return devices;
    }
}
