namespace TransparentCni.Netlink.Tests.Wire;

public sealed class NetlinkReaderTests
{
    [Theory]
    [InlineData("0300010000000000")] // shorter than its own header
    [InlineData("0000010000000000")] // zero: would never move on
    [InlineData("0900010000000000")] // longer than what is there
    [InlineData("FFFF0100")] // longer than what is there, by far
    public void An_attribute_whose_length_cannot_be_true_ends_the_enumeration(string hex) =>
        Assert.Throws<InvalidDataException>(() => Count(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("", 0)]
    [InlineData("010203", 0)] // fewer bytes than a header are padding
    [InlineData("04000100", 1)]
    [InlineData("0500010001", 1)] // unpadded at the end
    [InlineData("050001000100000004000200", 2)]
    public void Attributes_are_counted_where_the_bytes_are_good(string hex, int count) =>
        Assert.Equal(count, Count(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("0F000000" + "01000000" + "00000000" + "00000000")]
    [InlineData("11000000" + "01000000" + "00000000" + "00000000")]
    [InlineData("00000000" + "01000000" + "00000000" + "00000000")]
    [InlineData("FFFFFFFF" + "01000000" + "00000000" + "00000000")]
    public void A_message_whose_length_cannot_be_true_ends_the_enumeration(string hex) =>
        Assert.Throws<InvalidDataException>(() => WalkMessages(Convert.FromHexString(hex)));

    [Fact]
    public void A_payload_that_is_too_short_for_what_is_read_is_named()
    {
        var error = Assert.Throws<InvalidDataException>(() => First([6, 0, 9, 0, 1, 2]).AsUInt32());
        Assert.Contains("attribute 9", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => First([4, 0, 9, 0]).AsUInt8());
        Assert.Throws<InvalidDataException>(() => First([4, 0, 9, 0]).AsUInt64BigEndian());
        Assert.Throws<InvalidDataException>(() => First([4, 0, 9, 0]).Nested(8).GetEnumerator());
    }

    [Fact]
    public void Text_ends_at_its_zero_byte_or_at_the_end()
    {
        Assert.Equal("ab", First([8, 0, 1, 0, (byte)'a', (byte)'b', 0, (byte)'c']).AsString());
        Assert.Equal("ab", First([6, 0, 1, 0, (byte)'a', (byte)'b']).AsString());
        Assert.Equal("", First([4, 0, 1, 0]).AsString());
    }

    [Fact]
    public void The_flags_of_the_type_are_kept_apart()
    {
        var attribute = First([4, 0, 18, 0xC0]);
        Assert.Equal(18, attribute.Type);
        Assert.True(attribute.IsNested);
        Assert.False(First([4, 0, 18, 0]).IsNested);
    }

    [Fact]
    public void The_last_of_several_attributes_of_a_type_counts()
    {
        var attributes = new NetlinkAttributes([5, 0, 1, 0, 1, 0, 0, 0, 5, 0, 1, 0, 2, 0, 0, 0]);
        Assert.True(attributes.TryFind(1, out var found));
        Assert.Equal(2, found.AsUInt8());
        Assert.False(attributes.TryFind(2, out _));
    }

    [Fact]
    public void Random_bytes_never_overrun_and_always_end()
    {
        var random = new Random(20260);
        var bytes = new byte[256];
        for (var round = 0; round < 50_000; round++)
        {
            var length = random.Next(bytes.Length + 1);
            random.NextBytes(bytes);
            // Small lengths make deeper walks likely.
            for (var i = 1; i < length; i += 4)
                bytes[i] = (byte)(random.Next(4) == 0 ? bytes[i] : 0);
            Survive(bytes.AsSpan(0, length));
        }
    }

    private static void Survive(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Walk(new NetlinkAttributes(bytes), 0);
        }
        catch (InvalidDataException)
        {
        }

        try
        {
            foreach (var message in new NetlinkMessages(bytes))
            {
                message.FamilyHeader<uint>();
                Walk(message.Attributes(4), 0);
            }
        }
        catch (InvalidDataException)
        {
        }
    }

    private static void Walk(NetlinkAttributes attributes, int depth)
    {
        foreach (var attribute in attributes)
        {
            attribute.AsString();
            if (depth < 4 && attribute.Payload.Length > 3)
                Walk(attribute.Nested(), depth + 1);
        }
    }

    private static int Count(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var _ in new NetlinkAttributes(bytes))
            count++;
        return count;
    }

    private static void WalkMessages(ReadOnlySpan<byte> bytes)
    {
        foreach (var _ in new NetlinkMessages(bytes))
        {
        }
    }

    private static NetlinkAttribute First(byte[] bytes)
    {
        foreach (var attribute in new NetlinkAttributes(bytes))
            return attribute;
        throw new InvalidOperationException("no attribute");
    }
}
