using System.Buffers.Binary;
using System.Globalization;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>
/// Compares messages with those that the real <c>ip</c> sends, seen with
/// <c>strace -e trace=sendmsg,sendto -e write=all ip …</c>. What cannot agree is made equal first: sequence numbers,
/// and <c>NLA_F_NESTED</c>, which <c>ip</c> 6.1 leaves out and the kernel does not look at.
/// </summary>
internal static class Golden
{
    private const int FlagsOffset = 6;
    private const int SequenceOffset = 8;

    /// <summary>Byte for byte; <c>NNNNNNNN</c> in what is expected stands for the descriptor of a namespace.</summary>
    public static void Same(string expected, Action<RouteBatch> build, NetnsHandle? netns = null)
    {
        using var batch = new RouteBatch();
        build(batch);
        Same(expected, batch.Writer.WrittenSpan, netns);
    }

    /// <inheritdoc cref="Same(string, Action{RouteBatch}, NetnsHandle?)"/>
    public static void Same(string expected, ReadOnlySpan<byte> ours, NetnsHandle? netns = null)
    {
        var theirs = Parse(expected, netns);
        var mine = ours.ToArray();
        Neutralise(theirs, mine);
        Assert.Equal(Convert.ToHexString(theirs), Convert.ToHexString(mine));
    }

    /// <summary>
    /// As <see cref="Same(string, ReadOnlySpan{byte}, NetnsHandle?)"/> for questions, which ask for an acknowledgement
    /// here, so that an answer and its end can be told from silence; <c>ip</c> waits for the answer alone.
    /// </summary>
    public static void SameQuery(string expected, Action<NetlinkWriter> build, NetnsHandle? netns = null)
    {
        using var writer = new NetlinkWriter();
        build(writer);
        var theirs = Parse(expected, netns);
        if ((theirs[FlagsOffset + 1] & 3) == 0)
            theirs[FlagsOffset] |= (byte)NetlinkFlags.Ack;
        Same(Convert.ToHexString(theirs), writer.WrittenSpan);
    }

    private static byte[] Parse(string expected, NetnsHandle? netns)
    {
        if (netns is not null)
        {
            var descriptor = BinaryPrimitives.ReverseEndianness((int)netns.DangerousGetHandle());
            expected = expected.Replace(
                "NNNNNNNN", descriptor.ToString("x8", CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        return Convert.FromHexString(expected);
    }

    private static void Neutralise(byte[] theirs, byte[] ours)
    {
        ClearSequence(theirs);
        ClearSequence(ours);
        var start = 0;
        foreach (var message in new NetlinkMessages([.. ours]))
        {
            var headerSize = HeaderSize(message.Header.Type);
            ClearNested(theirs, ours, start + NetlinkHeader.Size + headerSize, message.Attributes(headerSize));
            start += (int)message.Header.Length;
        }
    }

    private static void ClearSequence(byte[] messages)
    {
        var start = 0;
        while (start + NetlinkHeader.Size <= messages.Length)
        {
            messages.AsSpan(start + SequenceOffset, sizeof(uint)).Clear();
            start += (int)BinaryPrimitives.ReadUInt32LittleEndian(messages.AsSpan(start));
        }
    }

    private static void ClearNested(byte[] theirs, byte[] ours, int offset, NetlinkAttributes attributes)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.IsNested)
            {
                ours[offset + 3] &= 0x7f;
                if (offset + 3 < theirs.Length)
                    theirs[offset + 3] &= 0x7f;
                // The payload of VETH_INFO_PEER starts with a header, and RTA_MULTIPATH has no nested flags inside.
                var inner = attribute.Payload is [0, 0, 0, 0, ..] ? 16 : 0;
                if (attribute.Type != Rtnl.RTA_MULTIPATH)
                    ClearNested(theirs, ours, offset + 4 + inner, attribute.Nested(inner));
            }

            offset += (attribute.Payload.Length + 4 + 3) & ~3;
        }
    }

    private static int HeaderSize(ushort type) => type switch
    {
        Rtnl.RTM_NEWLINK or Rtnl.RTM_DELLINK or Rtnl.RTM_GETLINK or Rtnl.RTM_SETLINK => 16,
        Rtnl.RTM_NEWADDR or Rtnl.RTM_DELADDR or Rtnl.RTM_GETADDR => 8,
        Rtnl.RTM_NEWNEXTHOP or Rtnl.RTM_DELNEXTHOP or Rtnl.RTM_GETNEXTHOP => 8,
        Rtnl.RTM_NEWNSID or Rtnl.RTM_GETNSID => 4,
        _ => 12,
    };
}
