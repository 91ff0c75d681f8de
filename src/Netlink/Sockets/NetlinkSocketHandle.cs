using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Netlink;

/// <summary>The descriptor of a netlink socket.</summary>
internal sealed class NetlinkSocketHandle : SafeHandleMinusOneIsInvalid
{
    public NetlinkSocketHandle() : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}
