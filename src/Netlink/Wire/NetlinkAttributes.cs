using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary>
/// The attributes in a run of bytes, enumerated in place: <c>foreach (var attribute in attributes)</c>. Lengths are
/// checked against the bytes that are there; a length that is too small or too large ends the enumeration with an
/// <see cref="InvalidDataException"/>, since what follows it cannot be told apart. Fewer than four bytes at the end are
/// padding (<c>nla_ok</c> in <c>include/net/netlink.h</c> draws the same lines).
/// </summary>
public readonly ref struct NetlinkAttributes
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>The attributes in <paramref name="bytes"/>.</summary>
    public NetlinkAttributes(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    /// <summary>Finds the last attribute of a type, the one that counts for the kernel as well.</summary>
    /// <returns>False where there is none.</returns>
    /// <exception cref="InvalidDataException">The bytes are no list of attributes.</exception>
    public bool TryFind(ushort type, out NetlinkAttribute found)
    {
        found = default;
        var any = false;
        foreach (var attribute in this)
        {
            if (attribute.Type != type)
                continue;
            found = attribute;
            any = true;
        }

        return any;
    }

    /// <summary>Walks over the attributes; every step moves on by at least four bytes.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> bytes) => _rest = bytes;

        /// <summary>The attribute at which the enumeration stands.</summary>
        public NetlinkAttribute Current { get; private set; }

        /// <summary>Goes on to the next attribute.</summary>
        /// <exception cref="InvalidDataException">Its length does not fit into the bytes that are there.</exception>
        public bool MoveNext()
        {
            if (_rest.Length < AttributeHeader.Size)
                return false;
            var header = MemoryMarshal.Read<AttributeHeader>(_rest);
            if (header.Length < AttributeHeader.Size || header.Length > _rest.Length)
                throw new InvalidDataException(
                    $"Netlink attribute {header.Type} says it has {header.Length} bytes, {_rest.Length} are there.");
            Current = new NetlinkAttribute(header.Type, _rest[AttributeHeader.Size..header.Length]);
            var step = (header.Length + 3) & ~3;
            _rest = step < _rest.Length ? _rest[step..] : default;
            return true;
        }
    }
}
