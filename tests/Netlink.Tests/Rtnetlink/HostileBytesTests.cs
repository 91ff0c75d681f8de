using TransparentCni.Netlink.Conntrack;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Tests.Rtnetlink;

/// <summary>Whatever comes in, a parser makes a value of it, passes over it, or refuses it.</summary>
public sealed class HostileBytesTests
{
    private delegate bool Parse(NetlinkMessage message);

    [Fact]
    public void Random_attributes_are_read_or_refused()
    {
        var random = new Random(1234);
        var parsers = Parsers().ToArray();
        var outcomes = new int[2];
        for (var round = 0; round < 40_000; round++)
        {
            var (type, headerSize, parse) = parsers[round % parsers.Length];
            using var writer = Compose(random, headerSize);
            var bytes = writer.WrittenSpan.ToArray();
            if (random.Next(2) == 0)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                var header = new NetlinkHeader((uint)bytes.Length + NetlinkHeader.Size, type, NetlinkFlags.Multi, 1, 1);
                parse(new NetlinkMessage(header, bytes.AsSpan(0, random.Next(8) == 0 ? random.Next(bytes.Length) : bytes.Length)));
                outcomes[0]++;
            }
            catch (InvalidDataException)
            {
                outcomes[1]++;
            }
        }

        // Both must happen, or the bytes were too good or too bad to show anything.
        Assert.All(outcomes, count => Assert.InRange(count, 1000, 39_000));
    }

    [Theory]
    [InlineData("0700000003000000")] // shorter than its header
    [InlineData("0000000003000000")] // zero: would never move on
    [InlineData("FFFF000003000000")] // longer than what is there
    public void A_next_hop_whose_length_cannot_be_true_is_refused(string hop)
    {
        using var writer = new NetlinkWriter();
        var header = new RouteHeader { Family = 2 };
        using (writer.BeginMessage(Rtnl.RTM_NEWROUTE, default, in header))
            writer.PutBytes(Rtnl.RTA_MULTIPATH, Convert.FromHexString(hop));
        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var message in new NetlinkMessages(writer.WrittenSpan))
                Assert.Fail($"read: {RouteParser.TryParse(message, out _)}");
        });
    }

    /// <summary>A header of some family, and attributes of small types and likely lengths, nested or not.</summary>
    private static NetlinkWriter Compose(Random random, int headerSize)
    {
        var writer = new NetlinkWriter(capacity: 1024);
        var header = new byte[headerSize];
        header[0] = random.Next(2) == 0 ? (byte)InetFamily.IPv4 : (byte)InetFamily.IPv6;
        header[1] = (byte)random.Next(33);
        writer.AppendBytes(header);
        PutAttributes(random, writer, depth: 0);
        return writer;
    }

    private static void PutAttributes(Random random, NetlinkWriter writer, int depth)
    {
        ReadOnlySpan<int> lengths = [0, 1, 2, 4, 4, 4, 6, 8, 16, 16, 20];
        for (var count = random.Next(4); count > 0; count--)
        {
            var type = (ushort)random.Next(1, 31);
            if (depth < 3 && random.Next(3) == 0)
            {
                using (writer.BeginNested(type))
                    PutAttributes(random, writer, depth + 1);
            }
            else
            {
                random.NextBytes(writer.Reserve(type, lengths[random.Next(lengths.Length)]));
            }
        }
    }

    private static IEnumerable<(ushort Type, int HeaderSize, Parse Parse)> Parsers()
    {
        yield return (Rtnl.RTM_NEWLINK, 16, message => LinkParser.TryParse(message, out _));
        yield return (Rtnl.RTM_NEWROUTE, 12, message => RouteParser.TryParse(message, out _));
        yield return (Rtnl.RTM_NEWRULE, 12, message => RuleParser.TryParse(message, out _));
        yield return (ConntrackMessages.Type(Ctnl.IPCTNL_MSG_CT_NEW), 4,
            message => ConntrackParser.TryParse(message, out _));
        yield return (Rtnl.RTM_NEWADDR, 8, message => RouteSocket.ParseAddress(message, out _));
        yield return (Rtnl.RTM_NEWNEXTHOP, 8, message => RouteSocket.ParseNextHop(message, out _));
        yield return (Rtnl.RTM_NEWNEIGH, 12, message => RouteSocket.ParseNeighbour(message, out _));
    }
}
