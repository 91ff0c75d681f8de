namespace TransparentCni.Netlink;

/// <content>Lists.</content>
public sealed partial class NetlinkSocket
{
    private const int DumpAttempts = 8;

    /// <summary>Asks for a list and makes a value of each of its messages.</summary>
    /// <param name="request">One message with <see cref="NetlinkFlags.Dump"/>.</param>
    /// <param name="operation">What is tried: <c>list routes</c>.</param>
    /// <param name="target">On what: <c>table 100</c>; null where the operation says it all.</param>
    /// <param name="parse">Called for each message; a list that was interrupted is begun anew.</param>
    /// <exception cref="NetlinkException">
    /// The kernel refused; or what was listed changed during each of several attempts (<see cref="Errno.EAGAIN"/>).
    /// </exception>
    public List<T> Dump<T>(NetlinkWriter request, string operation, string? target, NetlinkParser<T> parse) =>
        TryDump(request, operation, target, parse, out var values, out var failure)
            ? values
            : throw new NetlinkException(failure, operation, target);

    /// <summary>As <see cref="Dump"/>, but a refusal of the kernel is a result, such as ENOENT for an absent table.</summary>
    /// <returns>Whether <paramref name="values"/> is the list; otherwise <paramref name="failure"/> says why not.</returns>
    public bool TryDump<T>(
        NetlinkWriter request,
        string operation,
        string? target,
        NetlinkParser<T> parse,
        out List<T> values,
        out NetlinkFailure failure)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(parse);
        values = [];
        for (var attempt = 0; attempt < DumpAttempts; attempt++)
        {
            values.Clear();
            var (sequence, _) = Send(request, operation, target);
            var result = ReadDump(sequence, operation, target, parse, values);
            failure = result.Failure ?? default;
            if (result.Failure is not null)
                return false;
            if (!result.Interrupted)
                return true;
        }

        throw new NetlinkException(
            Errno.EAGAIN, operation, target, $"the list changed while it was read, {DumpAttempts} times in a row");
    }

    private (NetlinkFailure? Failure, bool Interrupted) ReadDump<T>(
        uint sequence, string operation, string? target, NetlinkParser<T> parse, List<T> values)
    {
        var state = new DumpState(sequence, PortId);
        try
        {
            while (!state.Ended)
            {
                var size = Receive(wait: true, peek: true, operation, target);
                foreach (var message in new NetlinkMessages(_received.AsSpan(0, size ?? 0)))
                {
                    if (state.IsData(message) && parse(message, out var value))
                        values.Add(value);
                }
            }
        }
        catch when (!state.Ended)
        {
            ReadToEnd(ref state);
            throw;
        }

        return (state.Failure, state.Interrupted);
    }

    /// <summary>A dump that is not read to its end blocks the next one on this socket (EBUSY).</summary>
    private void ReadToEnd(ref DumpState state)
    {
        while (!state.Ended)
        {
            if (Receive(wait: false, peek: true, "finish list", null) is not { } size)
                return;
            foreach (var message in new NetlinkMessages(_received.AsSpan(0, size)))
                state.IsData(message);
        }
    }

    /// <summary>How far a dump has come.</summary>
    private struct DumpState(uint sequence, uint portId)
    {
        public bool Ended { get; private set; }

        public bool Interrupted { get; private set; }

        public NetlinkFailure? Failure { get; private set; }

        /// <summary>Takes note of a message.</summary>
        /// <returns>Whether it is one of those that were asked for.</returns>
        public bool IsData(NetlinkMessage message)
        {
            var header = message.Header;
            if (header.Sequence != sequence || header.PortId != portId)
                return false;
            Interrupted |= header.Flags.HasFlag(NetlinkFlags.DumpInterrupted);
            switch (header.Type)
            {
                case NetlinkHeader.Noop:
                    return false;
                case NetlinkHeader.Error:
                    Failure = NetlinkFailure.FromErrorMessage(message, 0, out _);
                    Ended = Failure is not null;
                    return false;
                case NetlinkHeader.Done:
                    Failure = NetlinkFailure.FromDoneMessage(message);
                    Ended = true;
                    return false;
                default:
                    return true;
            }
        }
    }
}
