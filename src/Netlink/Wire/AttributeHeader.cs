using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary><c>struct nlattr</c> of <c>linux/netlink.h</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct AttributeHeader(ushort Length, ushort Type)
{
    public const int Size = 4;
}
