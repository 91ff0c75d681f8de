using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Conntrack;

/// <summary>The bytes are those of <c>conntrack</c> 1.4.7, seen with strace.</summary>
public sealed class ConntrackBytesTests
{
    // conntrack -L
    [Fact]
    public void List_everything() => Same(
        "14000000010101033aa8026b0000000000000000", writer => ConntrackMessages.List(writer, default));

    // conntrack -L -m 5/255
    [Fact]
    public void List_by_mark() => Same(
        "24000000010101033aa8026b0000000000000000080008000000000508001500000000ff",
        writer => ConntrackMessages.List(writer, new ConntrackFilter(Mark: 5, MarkMask: 255)));

    // conntrack -L -f ipv6 -s fd00::1: the tool leaves the address to itself, as is done here for IPv6.
    [Fact]
    public void List_by_ipv6_address() => Same(
        "14000000010101033aa8026b000000000a000000",
        writer => ConntrackMessages.List(writer, new ConntrackFilter(OriginalSource: InetPrefix.Parse("fd00::1"))));

    // conntrack 1.4.7 leaves zones and addresses to itself. The layout is that of ctnetlink_parse_filter: the zone in
    // network order, the flags of CTA_FILTER in host order.
    [Fact]
    public void List_by_zone_and_ipv4_addresses() => Same(
        "50000000" + "0101" + "0103" + "00000000" + "00000000" + "02000000"
        + "06001200" + "00010000"
        + "10000180" + "0c000180" + "08000100" + "0a000001"
        + "10000280" + "0c000180" + "08000200" + "0a000002"
        + "14001980" + "08000100" + "01000000" + "08000200" + "02000000",
        writer => ConntrackMessages.List(writer, new ConntrackFilter(
            Zone: 1,
            OriginalSource: InetPrefix.Parse("10.0.0.1"),
            ReplyDestination: InetPrefix.Parse("10.0.0.2"))));

    // conntrack -F
    [Fact]
    public void Flush() => Same("14000000020105003aa8026b0000000000000000", ConntrackMessages.Flush);

    // conntrack -C; it does not ask for an acknowledgement.
    [Fact]
    public void Count() => Same("140000000501050067b1026b0000000000000000", ConntrackMessages.Count);

    // conntrack -G -s 10.0.0.1 -d 10.0.0.3 -p udp --sport 1000 --dport 53
    [Fact]
    public void Get_by_tuple() => Same(
        "480000000101050067b1026b00000000020000003400018014000180080001000a000001080002000a0000031c000280"
        + "05000100110000000600020003e800000600030000350000",
        writer => ConntrackMessages.Get(
            writer, ConntrackMaker.Flow("10.0.0.1", "10.0.0.3", 1000).Original, default));

    // conntrack -I -s 10.0.0.1 -d 10.0.0.3 -p udp --sport 1000 --dport 53 -t 600 --mark 5 --orig-zone 1: its first
    // tuple; conntrack -G has no option for the zone of a direction.
    [Fact]
    public void Get_by_tuple_in_the_zone_of_one_direction() => Same(
        "50000000010105003aa8026b0000000002000000"
        + "3c00018014000180080001000a000001080002000a0000031c00028005000100110000000600020003e80000"
        + "060003000035000006000300" + "00010000",
        writer => ConntrackMessages.Get(
            writer,
            ConntrackMaker.Flow("10.0.0.1", "10.0.0.3", 1000).Original,
            new ConntrackZone(1, ConntrackZoneDirection.Original)));

    // conntrack -I -s fd00::1 -d fd00::2 -p udp --sport 1000 --dport 53 -t 600 --zone 3: its first tuple and its zone.
    [Fact]
    public void Get_by_ipv6_tuple_in_a_zone() => Same(
        "68000000010105003aa8026b000000000a000000"
        + "4c0001802c00018014000300fd00000000000000000000000000000114000400fd000000000000000000000000000002"
        + "1c00028005000100110000000600020003e800000600030000350000" + "0600120000030000",
        writer => ConntrackMessages.Get(
            writer, ConntrackMaker.Flow("fd00::1", "fd00::2", 1000).Original, new ConntrackZone(3)));

    // conntrack -D sends the whole entry back; tuple, zone and id are all that ctnetlink_del_conntrack reads.
    [Fact]
    public void Delete_one_entry()
    {
        using var read = new NetlinkWriter();
        var original = ConntrackMaker.Flow("10.0.0.1", "10.0.0.3", 1000).Original;
        using (read.BeginMessage(
            ConntrackMessages.Type(Ctnl.IPCTNL_MSG_CT_NEW), NetlinkFlags.Multi, new NetfilterHeader { Family = 2 }))
        {
            original.Write(read, Ctnl.CTA_TUPLE_ORIG, 1);
            read.PutUInt32BigEndian(Ctnl.CTA_ID, 0x01020304);
        }

        Same(
            "58000000020101003aa8026b0000000002000000"
            + "3c00018014000180080001000a000001080002000a0000031c00028005000100110000000600020003e80000"
            + "060003000035000006000300" + "00010000" + "08000c0001020304",
            writer =>
            {
                foreach (var message in new NetlinkMessages(read.WrittenSpan))
                {
                    Assert.True(ConntrackParser.TryRead(message, out var parser));
                    ConntrackMessages.Delete(writer, in parser);
                }
            });
    }

    // conntrack 1.4.7 lists and compares by itself. The layout is that of a list by the same.
    [Fact]
    public void Delete_by_mark_and_ipv4_address() => Same(
        "48000000" + "0201" + "0500" + "00000000" + "00000000" + "02000000"
        + "0800080000000005" + "08001500000000ff"
        + "10000280" + "0c000180" + "08000100" + "0a000001"
        + "14001980" + "08000100" + "00000000" + "08000200" + "01000000",
        writer => ConntrackMessages.Delete(writer, new ConntrackFilter(
            ReplySource: InetPrefix.Parse("10.0.0.1"), Mark: 5, MarkMask: 255)));

    private static void Same(string expected, Action<NetlinkWriter> build)
    {
        using var writer = new NetlinkWriter();
        build(writer);
        var theirs = Convert.FromHexString(expected);
        theirs.AsSpan(8, sizeof(uint)).Clear();
        Assert.Equal(Convert.ToHexString(theirs), Convert.ToHexString(writer.WrittenSpan));
    }
}
