using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Turns a number from host to network order or back, before it is compared with a range or written into a packet. See
/// <c>net/netfilter/nft_byteorder.c</c>.
/// </summary>
/// <param name="Source">Where the value is.</param>
/// <param name="Destination">Where the result goes.</param>
/// <param name="Operation">Which way.</param>
/// <param name="Length">Bytes in all.</param>
/// <param name="Size">Bytes of each number in them: 2, 4 or 8.</param>
public sealed record ByteOrderConversion(
    NftRegister Source, NftRegister Destination, NftByteOrderOperation Operation, uint Length, uint Size)
    : NftExpression
{
    internal const string Name = "byteorder";

    internal override string KernelName => Name;

    internal static ByteOrderConversion? Read(NetlinkAttributes data) =>
        data.HasOnly(
            NFTA_BYTEORDER_SREG, NFTA_BYTEORDER_DREG, NFTA_BYTEORDER_OP, NFTA_BYTEORDER_LEN, NFTA_BYTEORDER_SIZE)
        && data.FindRegister(NFTA_BYTEORDER_SREG) is { } source
        && data.FindRegister(NFTA_BYTEORDER_DREG) is { } destination
        && data.FindUInt32BigEndian(NFTA_BYTEORDER_OP) is { } operation
        && data.FindUInt32BigEndian(NFTA_BYTEORDER_LEN) is { } length
        && data.FindUInt32BigEndian(NFTA_BYTEORDER_SIZE) is { } size
            ? new(source, destination, (NftByteOrderOperation)operation, length, size)
            : null;

    private protected override void WriteAttributes(NetlinkWriter writer)
    {
        writer.PutRegister(NFTA_BYTEORDER_SREG, Source);
        writer.PutRegister(NFTA_BYTEORDER_DREG, Destination);
        writer.PutUInt32BigEndian(NFTA_BYTEORDER_OP, (uint)Operation);
        writer.PutUInt32BigEndian(NFTA_BYTEORDER_LEN, Length);
        writer.PutUInt32BigEndian(NFTA_BYTEORDER_SIZE, Size);
    }
}

/// <summary><c>enum nft_byteorder_ops</c>.</summary>
public enum NftByteOrderOperation : uint
{
    /// <summary>Network to host.</summary>
    ToHost = 0,

    /// <summary>Host to network.</summary>
    ToNetwork = 1,
}
