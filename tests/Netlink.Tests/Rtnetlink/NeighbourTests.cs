using TransparentCni.Netlink.Rtnetlink;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

public sealed class NeighbourTests : VethFixture
{
    [Theory]
    [InlineData("10.0.0.9")]
    [InlineData("fd00::9")]
    public void What_is_added_is_listed_and_can_be_changed_and_deleted(string address)
    {
        var neighbour = new Neighbour(Device, Ip(address), MacAddress.Parse("02:00:00:00:00:09"));
        Socket.AddNeighbour(neighbour);
        Assert.Contains(neighbour, Socket.ListNeighbours(Device));
        Assert.DoesNotContain(neighbour, Socket.ListNeighbours(OtherDevice));
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => Socket.AddNeighbour(neighbour)).Errno);
        Socket.AddNeighbour(neighbour, Tolerate.Present);

        var moved = neighbour with { Mac = MacAddress.Parse("02:00:00:00:00:0a") };
        Socket.ReplaceNeighbour(moved);
        Assert.Contains(moved, Socket.ListNeighbours(Device, neighbour.Address.Family));

        Socket.DeleteNeighbour(Device, neighbour.Address);
        Assert.DoesNotContain(Socket.ListNeighbours(Device), listed => listed.State == NeighbourState.Permanent
            && listed.Address == neighbour.Address);
        Socket.DeleteNeighbour(Device, Ip("10.0.0.77"), Tolerate.Absent);
        var error = Assert.Throws<NetlinkException>(() => Socket.DeleteNeighbour(Device, Ip("10.0.0.77")));
        Assert.Equal((Errno.ENOENT, $"10.0.0.77 dev if{Device}"), (error.Errno, error.Target));
    }
}
