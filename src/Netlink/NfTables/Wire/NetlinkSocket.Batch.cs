namespace TransparentCni.Netlink;

/// <content>Batches of nfnetlink.</content>
public sealed partial class NetlinkSocket
{
    /// <summary>
    /// As <see cref="Transact(NetlinkWriter, string, string?)"/>, for a batch of which one operation asks for an
    /// acknowledgement. Where the kernel refuses the batch as a whole it answers the begin only, so that any answer
    /// ends the wait; what else it said is in the queue already.
    /// </summary>
    internal IReadOnlyList<NetlinkFailure> TransactBatch(NetlinkWriter request, string operation, string? target)
    {
        var (first, acknowledgements) = Send(request, operation, target);
        var answers = new Answers(first, (uint)request.MessageCount, acknowledgements);
        var isAnswered = false;
        while (Receive(wait: !isAnswered, peek: false, operation, target) is { } size)
        {
            foreach (var message in new NetlinkMessages(_received.AsSpan(0, size)))
            {
                if (message.Header.Type != NetlinkHeader.Error || !answers.Concerns(message.Header, PortId))
                    continue;
                answers.Add(message);
                isAnswered = true;
            }
        }

        return answers.Failures;
    }
}
