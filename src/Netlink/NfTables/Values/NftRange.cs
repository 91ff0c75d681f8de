using System.Net;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// All values from one to another, both included, in the order of their bytes: numbers have to be in network order, a
/// mark too (<see cref="NftValue.UInt32BigEndian"/>).
/// </summary>
/// <param name="First">The smallest.</param>
/// <param name="Last">The largest, of the same length.</param>
public readonly record struct NftRange(NftValue First, NftValue Last)
{
    /// <summary>One value.</summary>
    public static NftRange Single(NftValue value) => new(value, value);

    /// <summary>The ports from one to another.</summary>
    public static NftRange Ports(ushort first, ushort last) => new(NftValue.Port(first), NftValue.Port(last));

    /// <summary>The addresses of a network; bits of the address behind the prefix do not count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A prefix longer than the address.</exception>
    public static NftRange Prefix(IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Prefix(address.GetAddressBytes(), prefixLength);
    }

    /// <summary>The addresses of a network; bits of the address behind the prefix do not count.</summary>
    /// <exception cref="ArgumentException">Neither 4 nor 16 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A prefix longer than the address.</exception>
    public static NftRange Prefix(ReadOnlySpan<byte> address, int prefixLength)
    {
        const int BitsOfByte = 8;
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, address.Length * BitsOfByte);
        Span<byte> first = stackalloc byte[address.Length];
        Span<byte> last = stackalloc byte[address.Length];
        for (var index = 0; index < address.Length; index++)
        {
            var bits = Math.Clamp(prefixLength - index * BitsOfByte, 0, BitsOfByte);
            var host = (byte)(byte.MaxValue >> bits);
            first[index] = (byte)(address[index] & ~host);
            last[index] = (byte)(address[index] | host);
        }

        return new NftRange(NftValue.Address(first), NftValue.Address(last));
    }

    /// <summary>A range in each of several fields, for an element of a set of concatenated ranges.</summary>
    public static NftRange Concat(params ReadOnlySpan<NftRange> fields)
    {
        var first = new NftValue[fields.Length];
        var last = new NftValue[fields.Length];
        for (var index = 0; index < fields.Length; index++)
            (first[index], last[index]) = (fields[index].First, fields[index].Last);
        return new NftRange(NftValue.Concat(first), NftValue.Concat(last));
    }

    /// <summary>As nft writes it: <c>80-90</c>.</summary>
    public override string ToString() => First == Last ? First.ToString() : $"{First}-{Last}";
}
