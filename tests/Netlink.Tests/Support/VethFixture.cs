using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>
/// A namespace with a veth pair, both ends in it and switched on: <c>a</c> with 10.0.0.1/24 and fd00::1/64, and
/// <c>b</c> without address.
/// </summary>
public abstract class VethFixture : IDisposable
{
    protected const uint Table = 20001;
    protected const byte Protocol = 77;

    protected VethFixture()
    {
        Socket = RouteSocket.Open(Netns.Handle);
        Device = Socket.AddVeth(new VethPair { Name = "a", Up = true, Peer = new VethPeer { Name = "b" } }).Index;
        OtherDevice = Socket.GetLink("b")!.Index;
        Socket.SetLink("lo", new LinkChange { Up = true });
        Socket.SetLink(OtherDevice, new LinkChange { Up = true });
        Socket.AddAddress(new InterfaceAddress { Link = Device, Prefix = InetPrefix.Parse("10.0.0.1/24") });
        Socket.AddAddress(new InterfaceAddress
        {
            Link = Device,
            Prefix = InetPrefix.Parse("fd00::1/64"),
            Flags = AddressFlags.NoDuplicateDetection,
        });
    }

    protected TestNetns Netns { get; } = new();

    protected RouteSocket Socket { get; }

    protected int Device { get; }

    protected int OtherDevice { get; }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        Socket.Dispose();
        Netns.Dispose();
    }

    protected static InetAddress Ip(string text) => InetAddress.Parse(text);

    protected static InetPrefix Prefix(string text) => InetPrefix.Parse(text);
}
