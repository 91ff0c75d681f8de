using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace TransparentCni.Lab.Traffic;

/// <summary>The checksums of the protocols that are spoken here by hand.</summary>
public static class Checksum
{
    /// <summary>The Internet checksum (RFC 1071).</summary>
    public static ushort Internet(ReadOnlySpan<byte> data, uint start = 0)
    {
        var sum = start;
        for (; data.Length > 1; data = data[2..])
            sum += BinaryPrimitives.ReadUInt16BigEndian(data);
        if (data.Length == 1)
            sum += (uint)data[0] << 8;
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    /// <summary>The checksum over the pseudo-header as well (RFC 9293, section 3.1; RFC 8200, section 8.1).</summary>
    public static ushort Transport(IPAddress source, IPAddress destination, byte protocol, ReadOnlySpan<byte> segment)
    {
        var pseudo = protocol + (uint)segment.Length;
        foreach (var address in new[] { source, destination })
        {
            var bytes = address.GetAddressBytes();
            for (var at = 0; at < bytes.Length; at += 2)
                pseudo += BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
        }

        return Internet(segment, pseudo);
    }

    /// <summary>CRC32c, as SCTP has it (RFC 9260, appendix A).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var octet in data)
            crc = BitOperations.Crc32C(crc, octet);
        return ~crc;
    }
}
