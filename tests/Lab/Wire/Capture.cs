using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using TransparentCni.Lab.Isolation;
using static TransparentCni.Lab.Isolation.Libc;

namespace TransparentCni.Lab.Wire;

/// <summary>
/// Records what passes an interface, with a packet socket (packet(7)).
/// </summary>
/// <remarks>
/// No thread reads along: the kernel queues a packet here before it hands it on, so what a capture shows once an answer
/// has arrived is all that had passed until then, and nothing has to be waited for.
/// </remarks>
public sealed class Capture : IDisposable
{
    private const int SocketLevel = 1;
    private const int ReceiveBufferForce = 33;
    private const int TimestampNanoseconds = 35;
    private const int PacketLevel = 263;
    private const int AuxiliaryData = 8;
    private const int AllProtocols = 3;
    private const byte OutgoingPacket = 4;
    private const int LoopbackType = 772;
    private const uint VlanIsThere = 1 << 4;
    private const int AddressLength = 20;
    private const int RecordedBytes = 512;
    private const int BufferBytes = 64 * 1024 * 1024;

    private readonly Descriptor _socket;

    private readonly List<Packet> _packets = [];

    private readonly Lock _lock = new();

    private Capture(string label, Descriptor socket)
    {
        Label = label;
        _socket = socket;
    }

    /// <summary>Where it listens, in a word for a person.</summary>
    public string Label { get; }

    /// <summary>What has passed so far.</summary>
    public IReadOnlyList<Packet> Packets
    {
        get
        {
            lock (_lock)
            {
                Drain();
                return [.. _packets];
            }
        }
    }

    /// <summary>Starts to record.</summary>
    /// <param name="place">The namespace.</param>
    /// <param name="device">The interface; null: all of the namespace but the loopback, those to come as well.</param>
    /// <param name="label">What to call it.</param>
    public static Capture Start(NetworkNamespace place, string? device, string label) => place.Run(() =>
    {
        // No protocol until it is bound to its interface: nothing of the others gets in before.
        var socket = Socket(FamilyPacket, SocketRaw | SocketCloseOnExec, 0);
        if (socket.IsInvalid)
            throw Failure("open a packet socket");
        Set(socket, SocketLevel, ReceiveBufferForce, BufferBytes);
        Set(socket, SocketLevel, TimestampNanoseconds, 1);
        Set(socket, PacketLevel, AuxiliaryData, 1);
        BindTo(socket, device);
        return new Capture(label, socket);
    });

    /// <summary>Waits for a packet; null where none has come in time.</summary>
    public Packet? WaitFor(Predicate<Packet> wanted, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (Packets.FirstOrDefault(packet => wanted(packet)) is { } found)
                return found;
            if (clock.Elapsed >= limit)
                return null;
            WaitReadable(_socket, limit - clock.Elapsed);
        }
    }

    /// <summary>Forgets what has passed so far.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Drain();
            _packets.Clear();
        }
    }

    /// <summary>Stops to record; what was recorded stays readable.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Drain();
            _socket.Dispose();
        }
    }

    private static void Set(Descriptor socket, int level, int option, int value)
    {
        if (SetSocketOption(socket, level, option, value, sizeof(int)) != 0)
            throw Failure($"set option {option} of a packet socket");
    }

    private static unsafe void BindTo(Descriptor socket, string? device)
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
            throw Failure($"capture on {device}");
    }

    private unsafe void Drain()
    {
        if (_socket.IsClosed)
            return;
        var data = stackalloc byte[RecordedBytes];
        var address = stackalloc byte[AddressLength];
        var control = stackalloc byte[256];
        var vector = new Vector { Base = data, Length = RecordedBytes };
        while (true)
        {
            var header = new MessageHeader
            {
                Name = address,
                NameLength = AddressLength,
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = 256,
            };
            var length = ReceiveMessage(_socket, &header, MessageDontWait);
            if (length < 0)
                return;
            Record(
                new ReadOnlySpan<byte>(data, (int)length),
                new ReadOnlySpan<byte>(address, AddressLength),
                new ReadOnlySpan<byte>(control, (int)header.ControlLength));
        }
    }

    private void Record(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> address, ReadOnlySpan<byte> control)
    {
        if (MemoryMarshal.Read<ushort>(address[8..]) == LoopbackType)
            return;
        var packet = PacketReader.Frame(frame.ToArray());
        _packets.Add(Annotate(packet, control) with
        {
            InterfaceIndex = MemoryMarshal.Read<int>(address[4..]),
            Way = address[10] == OutgoingPacket ? Way.Out : Way.In,
        });
    }

    // cmsg(3): the time, and the VLAN tag that the kernel takes out of the frame.
    private static Packet Annotate(Packet packet, ReadOnlySpan<byte> control)
    {
        const int Header = 16;
        while (control.Length >= Header)
        {
            var length = (int)MemoryMarshal.Read<long>(control);
            var (level, type) = (MemoryMarshal.Read<int>(control[8..]), MemoryMarshal.Read<int>(control[12..]));
            var data = control[Header..];
            if (level == SocketLevel && type == TimestampNanoseconds)
            {
                packet = packet with
                {
                    Nanoseconds = (MemoryMarshal.Read<long>(data) * 1_000_000_000) + MemoryMarshal.Read<long>(data[8..]),
                };
            }
            else if (level == PacketLevel && type == AuxiliaryData && (MemoryMarshal.Read<uint>(data) & VlanIsThere) != 0)
            {
                packet = packet with { Vlan = (ushort)(MemoryMarshal.Read<ushort>(data[16..]) & 0xfff) };
            }

            control = control[Math.Min(control.Length, (length + 7) & ~7)..];
        }

        return packet;
    }
}
