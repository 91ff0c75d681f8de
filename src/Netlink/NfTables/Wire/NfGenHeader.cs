using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// <c>struct nfgenmsg</c> of <c>linux/netfilter/nfnetlink.h</c>, the family header of everything that netfilter is
/// sent.
/// </summary>
/// <param name="Family">Family of the table; 0 for any.</param>
/// <param name="Version"><c>NFNETLINK_V0</c>.</param>
/// <param name="ResourceIdBigEndian">In the messages around a batch the subsystem; in an answer the low half of the
/// generation.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NfGenHeader(byte Family, byte Version, ushort ResourceIdBigEndian)
{
    public static NfGenHeader Of(NftFamily? family) => new((byte)(family ?? 0), NfTablesConstants.NFNETLINK_V0, 0);

    public static NfGenHeader OfBatch { get; } = new(
        0,
        NfTablesConstants.NFNETLINK_V0,
        BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReverseEndianness(NfTablesConstants.NFNL_SUBSYS_NFTABLES)
            : NfTablesConstants.NFNL_SUBSYS_NFTABLES);
}
