using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary>
/// The messages in one datagram, enumerated in place. A length that does not fit into the datagram ends the enumeration
/// with an <see cref="InvalidDataException"/>.
/// </summary>
public readonly ref struct NetlinkMessages
{
    private readonly ReadOnlySpan<byte> _datagram;

    /// <summary>The messages in <paramref name="datagram"/>.</summary>
    public NetlinkMessages(ReadOnlySpan<byte> datagram) => _datagram = datagram;

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(_datagram);

    /// <summary>Walks over the messages; every step moves on by at least a header.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> datagram) => _rest = datagram;

        /// <summary>The message at which the enumeration stands.</summary>
        public NetlinkMessage Current { get; private set; }

        /// <summary>Goes on to the next message.</summary>
        /// <exception cref="InvalidDataException">Its length does not fit into the bytes that are there.</exception>
        public bool MoveNext()
        {
            if (_rest.Length < NetlinkHeader.Size)
                return false;
            var header = MemoryMarshal.Read<NetlinkHeader>(_rest);
            if (header.Length < NetlinkHeader.Size || header.Length > (uint)_rest.Length)
                throw new InvalidDataException(
                    $"Netlink message of type {header.Type} says it has {header.Length} bytes, {_rest.Length} are there.");
            var length = (int)header.Length;
            Current = new NetlinkMessage(header, _rest[NetlinkHeader.Size..length]);
            var step = (length + 3) & ~3;
            _rest = step < _rest.Length ? _rest[step..] : default;
            return true;
        }
    }
}
