using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary>One received message, as a view of its bytes.</summary>
public readonly ref struct NetlinkMessage
{
    internal NetlinkMessage(NetlinkHeader header, ReadOnlySpan<byte> payload)
    {
        Header = header;
        Payload = payload;
    }

    /// <summary>The header in front of it.</summary>
    public NetlinkHeader Header { get; }

    /// <summary>What follows the header: the family's own header and its attributes.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The family's header, a structure at the start of the payload.</summary>
    /// <exception cref="InvalidDataException">The message is too short for it.</exception>
    public T FamilyHeader<T>() where T : unmanaged => Unsafe.SizeOf<T>() <= Payload.Length
        ? MemoryMarshal.Read<T>(Payload)
        : throw new InvalidDataException(
            $"Netlink message of type {Header.Type} has {Payload.Length} bytes where {Unsafe.SizeOf<T>()} are needed.");

    /// <summary>The attributes behind a family header of <paramref name="familyHeaderSize"/> bytes.</summary>
    public NetlinkAttributes Attributes(int familyHeaderSize)
    {
        var skipped = (familyHeaderSize + 3) & ~3;
        return new(skipped < Payload.Length ? Payload[skipped..] : default);
    }

    /// <summary>The attributes behind the family header <typeparamref name="THeader"/>.</summary>
    public NetlinkAttributes Attributes<THeader>() where THeader : unmanaged => Attributes(Unsafe.SizeOf<THeader>());
}
