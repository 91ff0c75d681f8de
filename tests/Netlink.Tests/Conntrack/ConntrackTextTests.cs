using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Tests.Support;
using static TransparentCni.Netlink.Tests.Support.ConntrackMaker;

namespace TransparentCni.Netlink.Tests.Conntrack;

public sealed class ConntrackTextTests : IDisposable
{
    private readonly TestNetns _netns = new();

    public void Dispose() => _netns.Dispose();

    [Theory]
    [InlineData("10.0.0.1 10.9.0.2 fd00::1 2001:db8::99", "10.0.0.1 10.9.0.2 fd00::1 2001:db8::99")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.11 110.0.0.1 0.0.0.1 10.0.0.0 fd00::11 fd00:: ::1", "")]
    [InlineData("fd00::1 fd00::2 10.0.0.1 10.0.0.2", "fd00::1 10.0.0.1")]
    [InlineData("10.0.0.1 10.0.0.1", "10.0.0.1")]
    [InlineData("", "")]
    public void What_is_in_an_entry_is_found(string asked, string found)
    {
        Fill([Flow("10.0.0.1", "10.9.0.2", 1000, new ConntrackZone(1, ConntrackZoneDirection.Original)), Flow("fd00::1", "2001:db8::99", 1001)]);
        Assert.Equal(Addresses(found), Find(_netns, asked));
    }

    [Fact]
    public void Entries_on_many_pages_are_all_read()
    {
        Fill(Enumerable.Range(1, 1500).Select(i => Flow($"fd00::{i:x}", "2001:db8::99", 1000)));
        Assert.Equal(1500, Find(_netns, string.Join(' ', Enumerable.Range(1, 1600).Select(i => $"fd00::{i:x}"))).Count);
    }

    [Fact]
    public void Those_of_another_namespace_are_not()
    {
        Fill([Flow("fd00::1", "fd00::2", 1000)]);
        using var other = new TestNetns();
        Assert.Empty(Find(other, "fd00::1"));
    }

    private void Fill(IEnumerable<ConntrackEntry> entries)
    {
        using var maker = _netns.Open(NetlinkProtocol.Netfilter);
        Add(maker, entries);
    }

    private static HashSet<InetAddress> Find(TestNetns netns, string addresses)
    {
        using var text = netns.Handle.Run(ConntrackText.Open);
        return text!.Find(Addresses(addresses));
    }

    private static HashSet<InetAddress> Addresses(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(InetAddress.Parse)];
}
