namespace TransparentCni.Netlink;

/// <summary>Addresses as attributes.</summary>
internal static class ValueExtensions
{
    /// <summary>Puts 4 or 16 bytes in network order.</summary>
    public static void PutAddress(this NetlinkWriter writer, ushort type, InetAddress address) =>
        address.CopyTo(writer.Reserve(type, address.ByteCount));

    /// <summary>An address of 4 or 16 bytes.</summary>
    /// <exception cref="InvalidDataException">It has another number of bytes.</exception>
    public static InetAddress AsAddress(this NetlinkAttribute attribute) => attribute.Payload.Length is 4 or 16
        ? InetAddress.FromBytes(attribute.Payload)
        : throw new InvalidDataException($"Netlink attribute {attribute.Type} holds no address.");

    /// <summary>An address with the length of its prefix, which the kernel says in another place.</summary>
    /// <exception cref="InvalidDataException">The address is shorter than that.</exception>
    public static InetPrefix WithLength(this InetAddress address, byte length) => length <= address.ByteCount * 8
        ? new InetPrefix(address, length)
        : throw new InvalidDataException($"{address} has no prefix of {length} bits.");
}
