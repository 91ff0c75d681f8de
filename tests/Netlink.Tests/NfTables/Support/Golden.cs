using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Support;

/// <summary>
/// Compares what the library writes with the bytes that nft 1.0.6 sends for a command (captured with
/// <c>strace -e write=all -e trace=sendmsg</c>; sequence numbers set to 0, begin and end of the batch left out).
/// </summary>
internal static class Golden
{
    /// <summary>The messages of a batch are the same, byte for byte.</summary>
    public static void Batch(string command, string hex, Action<NftBatch> build)
    {
        var expected = Split(Parse(hex));
        var actual = Encode(build);
        Assert.Equal(expected.Select(Convert.ToHexString), actual.Select(Convert.ToHexString));
        Assert.StartsWith("nft ", command, StringComparison.Ordinal);
    }

    /// <summary>The messages of a batch hold the same attributes, in whatever order, but for one.</summary>
    public static void BatchAsTree(
        string command, string hex, Action<NftBatch> build, string ignoring = "nothing")
    {
        var expected = Split(Parse(hex));
        var actual = Encode(build);
        Assert.Equal(expected.Count, actual.Count);
        for (var index = 0; index < expected.Count; index++)
            Assert.Equal(Order(expected[index]), Order(actual[index]));
        Assert.StartsWith("nft ", command, StringComparison.Ordinal);

        IEnumerable<string> Order(byte[] message) => AttributeTree.Of(message)
            .Where(line => !line.StartsWith(ignoring, StringComparison.Ordinal))
            .Order();
    }

    /// <summary>
    /// A rule of these expressions is the same, byte for byte, and the bytes are read as these expressions.
    /// </summary>
    public static void Rule(string command, string hex, params NftExpression[] expressions)
    {
        Batch(command, hex, batch => AddRule(batch, command, expressions));
        Assert.Equal(expressions, ReadRule(hex).Expressions);
    }

    /// <summary>
    /// As <see cref="Rule"/>, compared as a tree without <c>NFTA_BITWISE_OP</c> where it is 0: nft leaves it out in
    /// some rules and not in others, and the kernel takes its absence for 0; it is always sent here.
    /// </summary>
    public static void RuleButForBitwiseOperation(string command, string hex, params NftExpression[] expressions)
    {
        var expected = Split(Parse(hex))[^1];
        var actual = Encode(batch => AddRule(batch, command, expressions))[^1];
        Assert.Equal(TreeWithoutBitwiseOperation(expected), TreeWithoutBitwiseOperation(actual));
        Assert.Equal(expressions, ReadRule(hex).Expressions);
    }

    /// <summary>The messages of a batch without its begin and end.</summary>
    public static List<byte[]> Encode(Action<NftBatch> build)
    {
        var batch = new NftBatch();
        build(batch);
        using var writer = new NetlinkWriter();
        new NftTransaction(writer).Write(batch, null);
        return Split(writer.WrittenSpan)[1..^1];
    }

    public static byte[] Parse(string hex) => Convert.FromHexString(string.Concat(hex.Where(Uri.IsHexDigit)));

    private static void AddRule(NftBatch batch, string command, NftExpression[] expressions)
    {
        var words = command.Split(' ');
        var family = words[3] switch
        {
            "inet" => NftFamily.Inet,
            "ip" => NftFamily.IPv4,
            "ip6" => NftFamily.IPv6,
            _ => throw new ArgumentException(command),
        };
        batch.AddRule(family, words[4], words[5], expressions);
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> bytes)
    {
        var messages = new List<byte[]>();
        while (bytes.Length > 0)
        {
            var length = (BitConverter.ToInt32(bytes) + 3) & ~3;
            var message = bytes[..length].ToArray();
            // The last operation asks for an acknowledgement, which nft does without.
            message[6] &= unchecked((byte)~NetlinkFlags.Ack);
            messages.Add(message);
            bytes = bytes[length..];
        }

        return messages;
    }

    /// <summary>Reads the last of the messages, which is a rule.</summary>
    public static NftRule ReadRule(string hex)
    {
        foreach (var received in new NetlinkMessages(Split(Parse(hex))[^1]))
        {
            Assert.True(NftRule.TryRead(received, out var rule));
            return rule;
        }

        throw new InvalidOperationException("no message");
    }

    private static List<string> TreeWithoutBitwiseOperation(byte[] message)
    {
        var tree = AttributeTree.Of(message);
        return [.. tree.Where(line => !line.EndsWith("/6 00000000", StringComparison.Ordinal))];
    }
}
