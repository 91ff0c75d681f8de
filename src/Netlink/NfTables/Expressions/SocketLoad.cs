using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Loads something about the socket that the packet belongs to: <c>socket transparent</c>. Does not match where there
/// is none. In prerouting, input and output. See <c>net/netfilter/nft_socket.c</c>.
/// </summary>
/// <param name="Key">What is loaded.</param>
/// <param name="Destination">Where it goes.</param>
/// <param name="Level">Which ancestor of the control group; for <see cref="NftSocketKey.ControlGroup"/> only.</param>
public sealed record SocketLoad(
    NftSocketKey Key, NftRegister Destination = NftRegister.R0, uint Level = 0) : NftExpression
{
    internal const string Name = "socket";

    internal override string KernelName => Name;

    internal static SocketLoad? Read(NetlinkAttributes data) =>
        data.HasOnly(NFTA_SOCKET_KEY, NFTA_SOCKET_DREG, NFTA_SOCKET_LEVEL)
        && data.FindUInt32BigEndian(NFTA_SOCKET_KEY) is { } key
        && data.FindRegister(NFTA_SOCKET_DREG) is { } destination
            ? new((NftSocketKey)key, destination, data.FindUInt32BigEndian(NFTA_SOCKET_LEVEL) ?? 0)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutUInt32BigEndian(NFTA_SOCKET_KEY, (uint)Key);
        writer.PutRegister(NFTA_SOCKET_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_SOCKET_LEVEL, Level);
    }
}

/// <summary><c>enum nft_socket_keys</c>.</summary>
public enum NftSocketKey : uint
{
    /// <summary>One byte: whether <c>IP_TRANSPARENT</c> is set on it.</summary>
    Transparent = 0,

    /// <summary>Its mark, 32 bits in host order.</summary>
    Mark = 1,

    /// <summary>One byte: whether it is bound to no single address.</summary>
    Wildcard = 2,

    /// <summary>Its control group, 64 bits.</summary>
    ControlGroup = 3,
}
