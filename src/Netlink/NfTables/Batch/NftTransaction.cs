using System.Globalization;
using System.Runtime.InteropServices;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// The messages of a batch, between a begin and an end, as one <c>sendmsg</c> takes them (<c>nfnetlink_rcv_batch</c> in
/// <c>net/netfilter/nfnetlink.c</c>); and which operation each of them belongs to.
/// </summary>
/// <remarks>
/// The kernel answers each message that fails, asked or not, and the first message if the commit fails as a whole. So
/// one acknowledgement is enough, of the last operation: it is put in the queue after all the others' answers.
/// </remarks>
internal sealed class NftTransaction(NetlinkWriter writer)
{
    // Message index at which each operation begins; the batch's own begin is message 0.
    private readonly List<int> _firstMessages = [];

    public void Write(NftBatch batch, uint? generation)
    {
        writer.Clear();
        _firstMessages.Clear();
        using (writer.BeginMessage(NFNL_MSG_BATCH_BEGIN, NetlinkFlags.Request, NfGenHeader.OfBatch))
        {
            if (generation is { } given)
                writer.PutUInt32BigEndian(NFNL_BATCH_GENID, given);
        }

        var last = 0;
        for (var index = 0; index < batch.Operations.Count; index++)
        {
            _firstMessages.Add(writer.MessageCount);
            last = writer.Length;
            batch.Operations[index].Write(writer);
        }

        AskForAcknowledgement(writer.WritableSpan, last);
        using (writer.BeginMessage(NFNL_MSG_BATCH_END, NetlinkFlags.Request, NfGenHeader.OfBatch))
        {
        }
    }

    /// <summary>Whether the kernel refused the batch because its generation is over.</summary>
    public static bool IsStale(NetlinkFailure failure) => failure is { Index: 0, Errno: Errno.ERESTART };

    /// <summary>The error with the words of the operation that it is about.</summary>
    public NetlinkException Explain(NftBatch batch, NetlinkFailure failure)
    {
        if (failure.Index is not { } message || OperationOf(message) is not { } index)
            return new NetlinkException(failure, "commit", DescribeWhole(batch, failure));
        var operation = batch.Operations[index];
        return new NetlinkException(failure with { Index = index }, operation.Words, Locate(operation, index, failure));
    }

    private static string DescribeWhole(NftBatch batch, NetlinkFailure failure) => IsStale(failure)
        ? "nf_tables batch of a generation that is over"
        : string.Create(
            CultureInfo.InvariantCulture, $"nf_tables batch of {batch.Count}, first: {batch.Operations[0]}");

    /// <summary>The last message from <paramref name="offset"/> on gets <c>NLM_F_ACK</c>.</summary>
    private static void AskForAcknowledgement(Span<byte> messages, int offset)
    {
        while (true)
        {
            ref var header = ref MemoryMarshal.AsRef<NetlinkHeader>(messages[offset..]);
            var next = offset + NftValue.Padded((int)header.Length);
            if (next >= messages.Length)
            {
                header = header with { Flags = header.Flags | NetlinkFlags.Ack };
                return;
            }

            offset = next;
        }
    }

    private int? OperationOf(int message)
    {
        var found = _firstMessages.BinarySearch(message);
        var index = found >= 0 ? found : ~found - 1;
        return index >= 0 && index < _firstMessages.Count && message < writer.MessageCount - 1 ? index : null;
    }

    private string Locate(NftOperation operation, int index, NetlinkFailure failure)
    {
        var earlier = 0;
        var number = 0;
        foreach (var message in new NetlinkMessages(writer.WrittenSpan))
        {
            if (number++ < _firstMessages[index])
                continue;
            if (number <= failure.Index)
                earlier += AttributePlace.CountEntries(message, NFTA_SET_ELEM_LIST_ELEMENTS);
            else
                return failure.AttributeOffset is { } offset && AttributePlace.Find(message, offset) is { } place
                    ? operation.TargetAt(place, earlier)
                    : operation.Target;
        }

        return operation.Target;
    }
}
