using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TransparentCni.Lab.Isolation;
using static TransparentCni.Lab.Isolation.Libc;

namespace TransparentCni.Lab.Wire;

/// <summary>
/// A packet socket with a ring (packet(7), Documentation/networking/packet_mmap.rst, version 2). The kernel copies a
/// packet into the ring while it passes. A socket's queue would hold a clone that shares its bytes with the packet, and
/// where a datagram in fragments is forwarded, the kernel writes the fragments' new headers into those.
/// </summary>
internal sealed unsafe class PacketRing : IDisposable
{
    private const int PacketLevel = 263;
    private const int ReceiveRing = 5;
    private const int Statistics = 6;
    private const int Version = 10;
    private const int Version2 = 1;
    private const ushort AllProtocols = 3;
    private const int AddressLength = 20;

    private const int FrameBytes = 512;
    private const int BlockBytes = 64 * 1024;
    private const int Blocks = 64;
    private const int Frames = Blocks * (BlockBytes / FrameBytes);
    private const nuint RingBytes = BlockBytes * Blocks;

    private readonly Descriptor _socket;

    private readonly byte* _ring;

    private int _next;

    private PacketRing(Descriptor socket, byte* ring)
    {
        _socket = socket;
        _ring = ring;
    }

    /// <summary>Whether it has been closed.</summary>
    public bool IsClosed => _socket.IsClosed;

    /// <summary>Opens one in the calling thread's namespace.</summary>
    /// <param name="device">The interface; null: all of them.</param>
    public static PacketRing Open(string? device)
    {
        // No protocol until it is bound to its interface: nothing of the others gets in before.
        var socket = Socket(FamilyPacket, SocketRaw | SocketCloseOnExec, 0);
        if (socket.IsInvalid)
            throw Failure("open a packet socket");
        var version = Version2;
        var request = stackalloc int[] { BlockBytes, Blocks, FrameBytes, Frames };
        if (SetSocketOption(socket, PacketLevel, Version, &version, sizeof(int)) != 0
            || SetSocketOption(socket, PacketLevel, ReceiveRing, request, 4 * sizeof(int)) != 0)
        {
            throw Failure("make a packet ring");
        }

        var ring = Map(0, RingBytes, ReadAndWrite, MapShared, socket, 0);
        if ((nint)ring == MapFailed)
            throw Failure("map a packet ring");
        Bind(socket, device);
        return new PacketRing(socket, ring);
    }

    /// <summary>Hands over each packet that has passed since the last call.</summary>
    /// <exception cref="InvalidOperationException">More passed than the ring holds.</exception>
    public void Drain(Action<Packet> found)
    {
        while (true)
        {
            var frame = _ring + ((nint)_next * FrameBytes);
            if ((Volatile.Read(ref *(uint*)frame) & 1) == 0)
                break;
            var header = (Header*)frame;
            var address = new ReadOnlySpan<byte>(frame + sizeof(Header), AddressLength);
            if (Read(header, address, frame) is { } packet)
                found(packet);
            Volatile.Write(ref *(uint*)frame, 0);
            _next = (_next + 1) % Frames;
        }

        var counts = stackalloc uint[2];
        uint length = 2 * sizeof(uint);
        if (GetSocketOption(_socket, PacketLevel, Statistics, counts, ref length) == 0 && counts[1] > 0)
            throw new InvalidOperationException($"a capture missed {counts[1]} packets: its ring holds {Frames}");
    }

    /// <summary>Waits until there may be something new, or the time is over.</summary>
    public void Wait(TimeSpan limit) => WaitReadable(_socket, limit);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_socket.IsClosed)
            return;
        _ = Unmap(_ring, RingBytes);
        _socket.Dispose();
    }

    private static void Bind(Descriptor socket, string? device)
    {
        var index = device is null ? 0 : InterfaceIndex(device);
        if (index == 0 && device is not null)
            throw Failure($"capture on {device}");
        // struct sockaddr_ll: family, protocol (big-endian), interface.
        var address = stackalloc byte[AddressLength];
        var span = new Span<byte>(address, AddressLength);
        span.Clear();
        MemoryMarshal.Write(span, (ushort)FamilyPacket);
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], AllProtocols);
        MemoryMarshal.Write(span[4..], index);
        if (Libc.Bind(socket, address, AddressLength) != 0)
            throw Failure($"capture on {device ?? "all interfaces"}");
    }

    private static Packet? Read(Header* header, ReadOnlySpan<byte> address, byte* frame)
    {
        const ushort Loopback = 772;
        const byte Outgoing = 4;
        const uint VlanIsThere = 1 << 4;
        if (MemoryMarshal.Read<ushort>(address[8..]) == Loopback)
            return null;
        var packet = PacketReader.Frame(new ReadOnlySpan<byte>(frame + header->LinkOffset, (int)header->Recorded).ToArray());
        return packet with
        {
            Nanoseconds = (header->Seconds * 1_000_000_000L) + header->Nanoseconds,
            InterfaceIndex = MemoryMarshal.Read<int>(address[4..]),
            Way = address[10] == Outgoing ? Way.Out : Way.In,
            Vlan = (header->Status & VlanIsThere) != 0 ? (ushort)(header->Tag & 0xfff) : packet.Vlan,
        };
    }

    /// <summary><c>struct tpacket2_hdr</c>; a <c>sockaddr_ll</c> follows it.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Header
    {
        internal uint Status;
        internal uint Length;
        internal uint Recorded;
        internal ushort LinkOffset;
        internal ushort NetworkOffset;
        internal uint Seconds;
        internal uint Nanoseconds;
        internal ushort Tag;
        internal ushort TagProtocol;
    }
}
