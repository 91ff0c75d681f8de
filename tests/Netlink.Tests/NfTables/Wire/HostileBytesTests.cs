using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.NfTables.Rulesets;
using TransparentCni.Netlink.Tests.NfTables.Support;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.Tests.NfTables.Wire;

/// <summary>
/// Whatever bytes come, reading them ends with an object or with <see cref="InvalidDataException"/>.
/// </summary>
public sealed class HostileBytesTests
{
    private const int Rounds = 50_000;

    [Fact]
    public void Damaged_messages_are_refused_or_read()
    {
        var messages = Golden.Encode(DesignRuleset.Build);
        var random = new Random(20240229);
        var (read, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var message = Damage(messages[random.Next(messages.Count)], random);
            if (Read(message))
                read++;
            else
                refused++;
        }

        Assert.InRange(read, Rounds / 20, Rounds);
        Assert.InRange(refused, Rounds / 20, Rounds);
    }

    [Fact]
    public void Truncated_messages_are_refused_or_read()
    {
        foreach (var message in Golden.Encode(DesignRuleset.Build))
        {
            for (var length = NetlinkHeader.Size; length < message.Length; length++)
            {
                var truncated = message[..length];
                BitConverter.TryWriteBytes(truncated, length);
                Read(truncated);
            }
        }
    }

    [Fact]
    public void A_register_that_is_none_is_refused() => Refused("cmp", writer =>
    {
        writer.PutUInt32BigEndian(NFTA_CMP_SREG, 99);
        writer.PutUInt32BigEndian(NFTA_CMP_OP, 0);
        writer.PutData(NFTA_CMP_DATA, NftValue.UInt8(1));
    });

    [Fact]
    public void A_value_longer_than_all_registers_is_refused() => Refused("cmp", writer =>
    {
        writer.PutUInt32BigEndian(NFTA_CMP_SREG, 1);
        writer.PutUInt32BigEndian(NFTA_CMP_OP, 0);
        using (writer.BeginNested(NFTA_CMP_DATA))
            writer.PutBytes(NFTA_DATA_VALUE, new byte[65]);
    });

    [Fact]
    public void A_number_that_is_too_short_is_refused() => Refused("ct", writer => writer.PutUInt8(NFTA_CT_KEY, 1));

    [Fact]
    public void An_attribute_of_no_length_is_refused() => Refused("ct", writer => writer.AppendBytes(new byte[8]));

    [Fact]
    public void An_expression_without_a_name_is_refused() => Refused(null, writer => writer.PutFlag(NFTA_CT_KEY));

    private static void Refused(string? name, Action<NetlinkWriter> writeData)
    {
        using var writer = new NetlinkWriter();
        if (name is not null)
            writer.PutString(NFTA_EXPR_NAME, name);
        using (writer.BeginNested(NFTA_EXPR_DATA))
            writeData(writer);
        var bytes = writer.WrittenSpan.ToArray();
        Assert.Throws<InvalidDataException>(() => NftExpressionReader.Read(new NetlinkAttributes(bytes)));
    }

    private static bool Read(byte[] bytes)
    {
        try
        {
            foreach (var message in new NetlinkMessages(bytes))
            {
                // Every reader sees every kind of message, as if its type were the one that it is for.
                _ = NftTable.TryRead(message, out _)
                    || NftChain.TryRead(message, out _)
                    || NftSetInfo.TryRead(message, out _)
                    || NftElement.TryReadList(message, out _)
                    || NftRule.TryRead(message, out _);
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static byte[] Damage(byte[] message, Random random)
    {
        var damaged = (byte[])message.Clone();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            // Behind the headers, so that the message is still taken for one of nf_tables.
            var place = random.Next(NetlinkHeader.Size + 4, damaged.Length);
            damaged[place] = (byte)random.Next(256);
        }

        return damaged;
    }
}
