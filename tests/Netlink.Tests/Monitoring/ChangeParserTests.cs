using TransparentCni.Netlink.Monitoring;
using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.Monitoring;

/// <summary>News as Linux 6.18 sends it, byte for byte, and what nobody sends.</summary>
public sealed class ChangeParserTests
{
    // ip rule del priority 77, after: ip rule add from 10.9.9.0/24 lookup 20001 priority 77 protocol 84
    private const string DeletedRule =
        "4400000021000000192C056B8E20000002001800FC0000010000000008000F00214E000008000E00FFFFFFFF0500150054000000" +
        "080006004D000000080002000A090900";

    // ip route del 10.9.9.0/24 table 20001, after: ip route add 10.9.9.0/24 dev d0 table 20001 proto 84
    private const string DeletedRoute =
        "34000000190000001C2C056BED20000002180000FC54FD011000000008000F00214E0000080001000A0909000800040003000000";

    // nft flush ruleset: one datagram with the set and the table, and one with the generation
    private const string DeletedSetAndTable =
        "340000000B0A0000010000007A17000001000005090001006D696E650000000006000200730000000C0010000000000000000001" +
        "34000000020A0000010000007A17000001000005090001006D696E650000000008000300000000000C0004000000000000000001";

    private const string Generation =
        "2C0000000F0A0000010000007A170000000000050800010000000005080002000000177A080003006E667400";

    [Fact]
    public void A_rule_that_went()
    {
        var change = Assert.IsType<KernelChange.OfRule>(Route(DeletedRule));
        Assert.Equal((0x208Eu, true), (change.PortId, change.Removed));
        Assert.Equal((77u, 20001u, (byte)84), (change.Rule.Priority, change.Rule.Table!.Value, change.Rule.Protocol));
    }

    [Fact]
    public void A_route_that_went()
    {
        var change = Assert.IsType<KernelChange.OfRoute>(Route(DeletedRoute));
        Assert.Equal((0x20EDu, true), (change.PortId, change.Removed));
        Assert.Equal("10.9.9.0/24 dev if3 table 20001 proto 84", change.Route.ToString());
    }

    [Theory]
    [InlineData("240000005000000000000000000000000200000008000100FFFFFFFF0800020001000000", null, true, null)]
    [InlineData("240000005000000000000000000000000200000008000100FEFFFFFF0800020001000000", null, true, null)]
    [InlineData("240000005000000000000000000000000200000008000100030000000800030002000000", 3, null, 2)]
    public void A_setting(string bytes, int? link, bool? forwarding, int? reversePathFilter) => Assert.Equal(
        new KernelChange.OfSetting(0, InetFamily.IPv4, link, forwarding, reversePathFilter), Route(bytes));

    [Fact]
    public void Objects_of_a_table_and_the_table_itself()
    {
        List<KernelChange?> changes = [];
        foreach (var message in new NetlinkMessages(Convert.FromHexString(DeletedSetAndTable)))
            changes.Add(ChangeParser.ReadNfTables(message));
        Assert.Equal(2, changes.Count);
        Assert.All(changes, change => Assert.Equal(new KernelChange.OfTable(0x177A, NftFamily.Inet, "mine"), change));
    }

    [Fact]
    public void The_end_of_a_transaction() => Assert.Equal(
        new KernelChange.OfGeneration(0x177A, 5, 0x177A, "nft"), Filter(Generation));

    [Theory]
    [InlineData("10000000030000000000000000000000")] // the end of a dump
    [InlineData("140000001C000000000000000000000000000000")] // a neighbour
    [InlineData("1C0000000F0100000000000000000000000000000800010000000000")] // another subsystem of netfilter
    public void What_is_not_listened_to_is_passed_over(string bytes)
    {
        Assert.Null(Route(bytes));
        Assert.Null(Filter(bytes));
    }

    [Fact]
    public void Every_news_that_is_cut_off_is_refused_or_read_as_far_as_it_goes()
    {
        foreach (var whole in new[] { DeletedRule, DeletedRoute, Generation, DeletedSetAndTable[..104] })
        {
            for (var length = NetlinkHeader.Size; length < whole.Length / 2; length++)
            {
                var bytes = Convert.FromHexString(whole[..(length * 2)]);
                BitConverter.TryWriteBytes(bytes, (uint)length);
                ReadOrRefuse(bytes);
            }
        }
    }

    [Fact]
    public void Random_bytes_are_read_or_refused()
    {
        var random = new Random(4711);
        ushort[] types = [16, 17, 20, 21, 24, 25, 32, 33, 80, 104, 105, 0x0A00, 0x0A0B, 0x0A0F];
        for (var round = 0; round < 40_000; round++)
        {
            var bytes = new byte[NetlinkHeader.Size + random.Next(120)];
            random.NextBytes(bytes);
            BitConverter.TryWriteBytes(bytes, (uint)bytes.Length);
            BitConverter.TryWriteBytes(bytes.AsSpan(4), types[random.Next(types.Length)]);
            ReadOrRefuse(bytes);
        }
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            foreach (var message in new NetlinkMessages(bytes))
            {
                ChangeParser.ReadRoute(message);
                ChangeParser.ReadNfTables(message);
            }
        }
        catch (InvalidDataException)
        {
        }
    }

    private static KernelChange? Route(string bytes) => Read(bytes, ChangeParser.ReadRoute);

    private static KernelChange? Filter(string bytes) => Read(bytes, ChangeParser.ReadNfTables);

    private static KernelChange? Read(string bytes, Func<NetlinkMessage, KernelChange?> read)
    {
        KernelChange? change = null;
        foreach (var message in new NetlinkMessages(Convert.FromHexString(bytes)))
            change = read(message);
        return change;
    }
}
