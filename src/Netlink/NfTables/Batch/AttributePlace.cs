using System.Runtime.InteropServices;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// The place in a message that the kernel's answer points at (<c>NLMSGERR_ATTR_OFFS</c>): an attribute, and, where that
/// holds others, which of them, counted from 0.
/// </summary>
internal readonly record struct AttributePlace(ushort Attribute, int? Entry)
{
    // struct nfgenmsg, behind which the attributes begin.
    private const int FamilyHeaderSize = 4;

    /// <summary>Finds the place in a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="offset">Bytes from the start of its netlink header.</param>
    /// <returns>Null where there is no attribute.</returns>
    public static AttributePlace? Find(NetlinkMessage message, int offset)
    {
        var payload = message.Payload;
        var place = offset - NetlinkHeader.Size;
        if (Find(payload, FamilyHeaderSize, payload.Length, place) is not { } found)
            return null;
        var isNested = (found.Header.Type & NetlinkConstants.NLA_F_NESTED) != 0;
        var inside = found.Start + AttributeHeader.Size;
        var end = found.Start + found.Header.Length;
        return new AttributePlace(
            (ushort)(found.Header.Type & ~NetlinkConstants.NLA_F_NESTED),
            isNested ? Find(payload, inside, end, place)?.Ordinal : null);
    }

    /// <summary>How many attributes the attribute of a type holds; 0 where there is none.</summary>
    public static int CountEntries(NetlinkMessage message, ushort type)
    {
        var count = 0;
        if (message.Attributes(FamilyHeaderSize).TryFind(type, out var list))
        {
            foreach (var entry in list.Nested())
                count++;
        }

        return count;
    }

    private static (AttributeHeader Header, int Start, int Ordinal)? Find(
        ReadOnlySpan<byte> bytes, int start, int end, int place)
    {
        for (var ordinal = 0; start + AttributeHeader.Size <= end; ordinal++)
        {
            var header = MemoryMarshal.Read<AttributeHeader>(bytes[start..]);
            if (place >= start && place < start + header.Length)
                return (header, start, ordinal);
            start += Math.Max(AttributeHeader.Size, NftValue.Padded(header.Length));
        }

        return null;
    }
}
