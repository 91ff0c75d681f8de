using System.Buffers.Binary;

namespace TransparentCni.Netlink.Tests.Wire;

public sealed class NetlinkWriterTests
{
    [Fact]
    public void A_message_has_its_length_and_padding_patched()
    {
        using var writer = new NetlinkWriter();
        using (writer.BeginMessage(16, NetlinkFlags.Request | NetlinkFlags.Ack, 0x04030201u))
        {
            writer.PutString(3, "eth0");
            using (writer.BeginNested(18))
                writer.PutUInt16BigEndian(1, 0x1234);
        }

        Assert.Equal(
            "2C000000" + "1000" + "0500" + "00000000" + "00000000" + "01020304"
            + "0900" + "0300" + "6574683000" + "000000"
            + "0C00" + "1280" + "0600" + "0100" + "1234" + "0000",
            Convert.ToHexString(writer.WrittenSpan));
    }

    [Fact]
    public void Several_messages_follow_one_another()
    {
        using var writer = new NetlinkWriter();
        for (var i = 0; i < 3; i++)
        {
            using (writer.BeginMessage(20, NetlinkFlags.Request))
                writer.PutUInt8(1, (byte)i);
        }

        Assert.Equal(3, writer.MessageCount);
        var seen = new List<byte>();
        foreach (var message in new NetlinkMessages(writer.WrittenSpan))
        {
            Assert.True(message.Attributes(0).TryFind(1, out var attribute));
            seen.Add(attribute.AsUInt8());
        }

        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public void Host_order_and_big_endian_differ_by_method()
    {
        using var writer = new NetlinkWriter();
        using (writer.BeginMessage(1, NetlinkFlags.None))
        {
            writer.PutUInt32(1, 0x01020304);
            writer.PutUInt32BigEndian(2, 0x01020304);
            writer.PutUInt64(3, 0x0102030405060708);
            writer.PutUInt64BigEndian(4, 0x0102030405060708);
            writer.PutUInt16(5, 0x0102);
            writer.PutInt32(6, -2);
        }

        foreach (var message in new NetlinkMessages(writer.WrittenSpan))
        {
            foreach (var attribute in message.Attributes(0))
            {
                switch (attribute.Type)
                {
                    case 1:
                        Assert.Equal(0x01020304u, attribute.AsUInt32());
                        break;
                    case 2:
                        Assert.Equal(0x01020304u, BinaryPrimitives.ReadUInt32BigEndian(attribute.Payload));
                        Assert.Equal(0x01020304u, attribute.AsUInt32BigEndian());
                        break;
                    case 3:
                        Assert.Equal(0x0102030405060708ul, attribute.AsUInt64());
                        break;
                    case 4:
                        Assert.Equal(0x0102030405060708ul, attribute.AsUInt64BigEndian());
                        break;
                    case 5:
                        Assert.Equal((ushort)0x0102, attribute.AsUInt16());
                        break;
                    default:
                        Assert.Equal(-2, attribute.AsInt32());
                        break;
                }
            }
        }
    }

    [Fact]
    public void The_buffer_grows_and_keeps_what_was_written()
    {
        using var writer = new NetlinkWriter(capacity: 16);
        for (var i = 0u; i < 10_000; i++)
        {
            using (writer.BeginMessage(1, NetlinkFlags.None, i))
                writer.PutFlag(7);
        }

        var expected = 0u;
        foreach (var message in new NetlinkMessages(writer.WrittenSpan))
            Assert.Equal(expected++, message.FamilyHeader<uint>());
        Assert.Equal(10_000u, expected);
    }

    [Fact]
    public void An_attribute_longer_than_its_length_field_can_say_is_refused()
    {
        using var writer = new NetlinkWriter();
        Assert.Throws<InvalidOperationException>(() => writer.PutBytes(1, new byte[65_532]));
        writer.PutBytes(1, new byte[65_531]);
        Assert.Throws<InvalidOperationException>(() =>
        {
            using (writer.BeginNested(1))
            {
                writer.PutBytes(1, new byte[40_000]);
                writer.PutBytes(1, new byte[40_000]);
            }
        });
    }

    [Fact]
    public void Text_is_ended_by_a_zero_byte_unless_it_must_not_be()
    {
        using var writer = new NetlinkWriter();
        writer.PutString(1, "é");
        writer.PutUnterminatedString(2, "é");
        writer.PutUnterminatedString(3, "");
        Assert.Equal("07000100C3A90000" + "06000200C3A90000" + "04000300", Convert.ToHexString(writer.WrittenSpan));
    }

    [Fact]
    public void Text_with_a_zero_byte_is_refused()
    {
        using var writer = new NetlinkWriter();
        Assert.Throws<ArgumentException>(() => writer.PutString(1, "a\0b"));
        Assert.Throws<ArgumentException>(() => writer.PutUnterminatedString(1, "a\0b"));
    }

    [Fact]
    public void A_writer_that_was_disposed_of_cannot_be_used()
    {
        var writer = new NetlinkWriter();
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.PutFlag(1));
    }

    [Fact]
    public void A_record_that_starts_with_its_own_length_is_patched_as_an_attribute_is()
    {
        using var writer = new NetlinkWriter();
        using (writer.BeginNested(9))
        {
            using (writer.BeginLengthPrefixed(0x0000_0007_00FF_0000ul))
                writer.PutUInt32(5, 1);
        }

        Assert.Equal("1400" + "0980" + "1000FF0007000000" + "08000500" + "01000000",
            Convert.ToHexString(writer.WrittenSpan));
    }
}
