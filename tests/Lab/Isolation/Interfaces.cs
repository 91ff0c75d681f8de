using System.Net.NetworkInformation;
using System.Text;

namespace TransparentCni.Lab.Isolation;

/// <summary>Small questions about the interfaces of the calling thread's namespace (netdevice(7)).</summary>
internal static class Interfaces
{
    private const nuint GetFlags = 0x8913;
    private const nuint SetFlags = 0x8914;
    private const nuint GetHardwareAddress = 0x8927;
    private const byte Up = 1;

    // struct ifreq: 16 bytes of name, 24 of everything else.
    private const int RequestLength = 40;
    private const int NameLength = 16;

    /// <summary>Switches an interface on.</summary>
    internal static unsafe void SetUp(string name) => Ask(name, GetFlags, (socket, request) =>
    {
        request[NameLength] |= Up;
        fixed (byte* pointer = request)
        {
            if (Libc.InterfaceControl(socket, SetFlags, pointer) != 0)
                throw Libc.Failure($"switch {name} on");
        }

        return 0;
    });

    /// <summary>The hardware address: after the two bytes of its kind.</summary>
    internal static PhysicalAddress HardwareAddress(string name) =>
        Ask(name, GetHardwareAddress, (_, request) => new PhysicalAddress(request[(NameLength + 2)..(NameLength + 8)]));

    private static unsafe T Ask<T>(string name, nuint question, Func<Descriptor, byte[], T> then)
    {
        using var socket = Libc.Socket(Libc.FamilyInet, Libc.SocketDatagram | Libc.SocketCloseOnExec, 0);
        var request = new byte[RequestLength];
        Encoding.ASCII.GetBytes(name, request.AsSpan(0, NameLength - 1));
        fixed (byte* pointer = request)
        {
            if (Libc.InterfaceControl(socket, question, pointer) != 0)
                throw Libc.Failure($"ask about interface {name}");
        }

        return then(socket, request);
    }
}
