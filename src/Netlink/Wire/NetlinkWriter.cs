using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary>
/// Builds netlink messages, one or several, one after another in one buffer from the shared pool, so that all of them go
/// out in one <c>sendmsg</c>. Everything begins on a 4-byte boundary, and padding is zero (<c>NLMSG_ALIGN</c>,
/// <c>NLA_ALIGN</c>). Sequence numbers are given by <see cref="NetlinkSocket"/> when it sends.
/// </summary>
/// <remarks>
/// A message and a nested attribute are scopes: their length is patched when the scope is disposed of.
/// <code>
/// using (writer.BeginMessage(type, NetlinkFlags.Request | NetlinkFlags.Ack, familyHeader))
/// {
///     writer.PutUInt32(attribute, value);
///     using (writer.BeginNested(outer))
///         writer.PutString(inner, "veth");
/// }
/// </code>
/// Not safe for use by several threads at once.
/// </remarks>
public sealed partial class NetlinkWriter : IDisposable
{
    private const int DefaultCapacity = 4096;
    private byte[] _buffer;
    private int _length;

    /// <summary>An empty writer.</summary>
    /// <param name="capacity">Bytes to begin with; the buffer grows as needed.</param>
    public NetlinkWriter(int capacity = DefaultCapacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes written so far, a multiple of 4 outside an open scope.</summary>
    public int Length => _length;

    /// <summary>Messages begun so far.</summary>
    public int MessageCount { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    internal Span<byte> WritableSpan => _buffer.AsSpan(0, _length);

    /// <summary>Forgets everything that was written; the buffer stays.</summary>
    public void Clear() => (_length, MessageCount) = (0, 0);

    /// <summary>Gives the buffer back to the pool; the writer is empty and usable no more.</summary>
    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        Clear();
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Begins a message that has no family header.</summary>
    public NetlinkScope BeginMessage(ushort type, NetlinkFlags flags)
    {
        Debug.Assert(_length % 4 == 0, "the scope before this one is still open");
        var start = _length;
        Append(new NetlinkHeader(0, type, flags, 0, 0));
        MessageCount++;
        return new NetlinkScope(this, start, isMessage: true);
    }

    /// <summary>Begins a message with its family header (<c>struct rtmsg</c>, <c>struct nfgenmsg</c>, …).</summary>
    public NetlinkScope BeginMessage<THeader>(ushort type, NetlinkFlags flags, scoped in THeader familyHeader)
        where THeader : unmanaged
    {
        var scope = BeginMessage(type, flags);
        Append(in familyHeader);
        return scope;
    }

    /// <summary>Begins an attribute that holds attributes; <c>NLA_F_NESTED</c> is set.</summary>
    public NetlinkScope BeginNested(ushort type)
    {
        var start = _length;
        Append(new AttributeHeader(0, (ushort)(type | NetlinkConstants.NLA_F_NESTED)));
        return new NetlinkScope(this, start, isMessage: false);
    }

    /// <summary>
    /// Begins a nested attribute whose payload starts with a structure before its attributes (<c>VETH_INFO_PEER</c>).
    /// </summary>
    public NetlinkScope BeginNested<THeader>(ushort type, scoped in THeader header) where THeader : unmanaged
    {
        var scope = BeginNested(type);
        Append(in header);
        return scope;
    }

    /// <summary>
    /// Begins a record that is no attribute but, like one, starts with its own length in 16 bits
    /// (<c>struct rtnexthop</c> inside <c>RTA_MULTIPATH</c>).
    /// </summary>
    public NetlinkScope BeginLengthPrefixed<THeader>(scoped in THeader header) where THeader : unmanaged
    {
        var start = _length;
        Append(in header);
        return new NetlinkScope(this, start, isMessage: false);
    }

    /// <summary>Puts a structure as it lies in memory, and pads it; a part of a message, not an attribute.</summary>
    public void Append<T>(in T value) where T : unmanaged =>
        MemoryMarshal.Write(Grow(Unsafe.SizeOf<T>()), in value);

    /// <summary>Puts bytes as they are, and pads them; a part of a message, not an attribute.</summary>
    public void AppendBytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    internal void EndScope(int start, bool isMessage)
    {
        var length = _length - start;
        var target = _buffer.AsSpan(start);
        if (isMessage)
            MemoryMarshal.Write(target, (uint)length);
        else if (length <= ushort.MaxValue)
            MemoryMarshal.Write(target, (ushort)length);
        else
            throw new InvalidOperationException(
                $"A netlink attribute holds at most {ushort.MaxValue} bytes with its header, this one has {length}.");
    }

    /// <summary>Makes room for <paramref name="size"/> bytes and for their padding, which is zeroed.</summary>
    private Span<byte> Grow(int size)
    {
        var padded = checked(size + 3) & ~3;
        if (padded > _buffer.Length - _length)
            Enlarge(padded);
        var room = _buffer.AsSpan(_length, padded);
        if (padded != size)
            room[size..].Clear();
        _length += padded;
        return room[..size];
    }

    private void Enlarge(int more)
    {
        var old = _buffer;
        ObjectDisposedException.ThrowIf(old.Length == 0, this);
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + more), old.Length * 2));
        old.AsSpan(0, _length).CopyTo(_buffer);
        ArrayPool<byte>.Shared.Return(old);
    }
}
