using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <content>Requests and the answers to each of them.</content>
public sealed partial class NetlinkSocket
{
    // What an acknowledgement in the socket's queue counts for: its buffer and the kernel's bookkeeping.
    private const int QueuedAcknowledgement = 1024;

    /// <summary>
    /// Sends everything in <paramref name="request"/> in one <c>sendmsg</c> and collects the answers. A message with
    /// <see cref="NetlinkFlags.Ack"/> is answered in any case and waited for; one without it only where it fails.
    /// </summary>
    /// <param name="request">One or several messages; their sequence numbers are set here.</param>
    /// <param name="operation">What is tried, for errors of the socket itself.</param>
    /// <param name="target">On what, likewise.</param>
    /// <returns>The messages that the kernel refused, in their order; empty where all went well.</returns>
    /// <exception cref="NetlinkException">The request could not be sent, or not every answer came.</exception>
    public IReadOnlyList<NetlinkFailure> Transact(NetlinkWriter request, string operation, string? target = null) =>
        Transact<byte>(request, operation, target, null, null);

    /// <summary>
    /// As <see cref="Transact(NetlinkWriter, string, string?)"/>, and keeps the data that comes back: answers to gets,
    /// and the echoes of changes that were sent with <see cref="NetlinkFlags.Echo"/>.
    /// </summary>
    /// <param name="request">One or several messages; their sequence numbers are set here.</param>
    /// <param name="operation">What is tried, for errors of the socket itself.</param>
    /// <param name="target">On what, likewise.</param>
    /// <param name="parse">Called for each answer that holds data.</param>
    /// <param name="values">Receives what it made.</param>
    public IReadOnlyList<NetlinkFailure> Transact<T>(
        NetlinkWriter request, string operation, string? target, NetlinkParser<T>? parse, ICollection<T>? values)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (first, acknowledgements) = Send(request, operation, target);
        var answers = new Answers(first, (uint)request.MessageCount, acknowledgements);
        var everyOneAnswers = acknowledgements == request.MessageCount;
        while (answers.Pending > 0 || !everyOneAnswers)
        {
            if (Receive(answers.Pending > 0, peek: parse is not null, operation, target) is not { } size)
                break;
            foreach (var message in new NetlinkMessages(_received.AsSpan(0, size)))
            {
                if (!answers.Concerns(message.Header, PortId))
                    continue;
                if (message.Header.Type == NetlinkHeader.Error)
                    answers.Add(message);
                else if (parse is not null && parse(message, out var value))
                    values?.Add(value);
            }
        }

        return answers.Failures;
    }

    /// <summary>Numbers the messages and sends them.</summary>
    /// <returns>The number of the first, and how many of them will be acknowledged.</returns>
    internal unsafe (uint First, int Acknowledgements) Send(NetlinkWriter request, string operation, string? target)
    {
        var bytes = request.WritableSpan;
        var first = _sequence + 1;
        var acknowledgements = 0;
        for (var offset = 0; offset < bytes.Length;)
        {
            ref var header = ref MemoryMarshal.AsRef<NetlinkHeader>(bytes[offset..]);
            header = header with { Sequence = ++_sequence, PortId = 0 };
            acknowledgements += header.Flags.HasFlag(NetlinkFlags.Ack) ? 1 : 0;
            offset += ((int)header.Length + 3) & ~3;
        }

        EnsureKernelSendBuffer(bytes.Length);
        EnsureKernelReceiveBuffer(checked(request.MessageCount * QueuedAcknowledgement));
        nint sent;
        do
        {
            fixed (byte* buffer = bytes)
                sent = LibC.Send(_handle, buffer, (nuint)bytes.Length, 0);
        }
        while (sent < 0 && LibC.LastError == Errno.EINTR);
        if (sent < 0)
            throw new NetlinkException(LibC.LastError, operation, target, $"{bytes.Length} bytes were not sent");
        return (first, acknowledgements);
    }

    /// <summary>Which of the messages that were sent together have been answered.</summary>
    private struct Answers(uint first, uint count, int pending)
    {
        private List<NetlinkFailure>? _failures;

        public int Pending { get; private set; } = pending;

        public readonly IReadOnlyList<NetlinkFailure> Failures => _failures ?? (IReadOnlyList<NetlinkFailure>)[];

        /// <summary>Answers to earlier requests that nobody waited for are passed over.</summary>
        public readonly bool Concerns(NetlinkHeader header, uint portId) =>
            header.PortId == portId && unchecked(header.Sequence - first) < count;

        public void Add(NetlinkMessage message)
        {
            var index = (int)(message.Header.Sequence - first);
            var failure = NetlinkFailure.FromErrorMessage(message, index, out var request);
            // A message that asked for no acknowledgement is answered where it fails, and was not waited for.
            if (request.Flags.HasFlag(NetlinkFlags.Ack))
                Pending--;
            if (failure is { } refused)
                (_failures ??= []).Add(refused);
        }
    }
}
