using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary>The header of every netlink message: <c>struct nlmsghdr</c> of <c>linux/netlink.h</c>, in host order.</summary>
/// <param name="Length">Length of the message in bytes, this header included, padding at the end excluded.</param>
/// <param name="Type">What the message is; below 16 a control message such as <see cref="Error"/>.</param>
/// <param name="Flags">How it is to be treated.</param>
/// <param name="Sequence">Chosen by the sender of a request, repeated in every answer to it.</param>
/// <param name="PortId">In a request 0; in an answer the port id of the socket that asked.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct NetlinkHeader(uint Length, ushort Type, NetlinkFlags Flags, uint Sequence, uint PortId)
{
    /// <summary>Size of the header in bytes.</summary>
    public const int Size = 16;

    /// <summary><c>NLMSG_NOOP</c>: to be ignored.</summary>
    public const ushort Noop = 1;

    /// <summary><c>NLMSG_ERROR</c>: an acknowledgement (error 0) or a refusal.</summary>
    public const ushort Error = 2;

    /// <summary><c>NLMSG_DONE</c>: the end of a dump.</summary>
    public const ushort Done = 3;

    /// <summary><c>NLMSG_OVERRUN</c>: data was lost.</summary>
    public const ushort Overrun = 4;
}
