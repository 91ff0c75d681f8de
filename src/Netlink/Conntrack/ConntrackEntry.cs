using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Conntrack;

/// <summary>A flow that the kernel keeps track of.</summary>
public sealed record ConntrackEntry
{
    /// <summary>What the packets of the direction of the first one look like when they come in.</summary>
    public required ConntrackTuple Original { get; init; }

    /// <summary>What the packets that come back look like when they come in: after NAT, other addresses.</summary>
    public required ConntrackTuple Reply { get; init; }

    /// <summary>Its zone.</summary>
    public ConntrackZone Zone { get; init; }

    /// <summary>The mark that rules gave to it.</summary>
    public uint Mark { get; init; }

    /// <summary>What became of it.</summary>
    public ConntrackStatus Status { get; init; }

    /// <summary>Seconds until it is forgotten.</summary>
    public int TimeoutSeconds { get; init; }

    /// <summary>State of a TCP connection; null for other protocols.</summary>
    public ConntrackTcpState? TcpState { get; init; }

    /// <summary>Tells it from an earlier or later one with the same tuples.</summary>
    public uint Id { get; init; }

    /// <summary>Much as <c>conntrack -L</c> writes it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"proto={Original.Protocol} {TimeoutSeconds}");
        if (TcpState is { } state)
            text.Append(' ').Append(state);
        text.Append(CultureInfo.InvariantCulture, $" {Original} {Reply} [{Status}] mark={Mark}");
        if (Zone.Id != 0)
            text.Append(CultureInfo.InvariantCulture, $" {Zone}");
        return text.ToString();
    }
}

/// <summary><c>IPS_*</c> of <c>linux/netfilter/nf_conntrack_common.h</c>.</summary>
[Flags]
public enum ConntrackStatus : uint
{
    /// <summary>Nothing set.</summary>
    None = 0,

    /// <summary>Announced by another flow.</summary>
    Expected = 0x1,

    /// <summary>Packets went both ways.</summary>
    SeenReply = 0x2,

    /// <summary>Not dropped early when the table is full.</summary>
    Assured = 0x4,

    /// <summary>Its first packet got through.</summary>
    Confirmed = 0x8,

    /// <summary>Its source is translated.</summary>
    SourceNat = 0x10,

    /// <summary>Its destination is translated.</summary>
    DestinationNat = 0x20,

    /// <summary>TCP sequence numbers are adjusted.</summary>
    SequenceAdjust = 0x40,

    /// <summary>Whether to translate the source has been decided.</summary>
    SourceNatDone = 0x80,

    /// <summary>Whether to translate the destination has been decided.</summary>
    DestinationNatDone = 0x100,

    /// <summary>Being removed.</summary>
    Dying = 0x200,

    /// <summary>Its time-out stays what it is.</summary>
    FixedTimeout = 0x400,

    /// <summary>Handled by a flow table.</summary>
    Offload = 0x4000,
}

/// <summary><c>TCP_CONNTRACK_*</c> of <c>linux/netfilter/nf_conntrack_tcp.h</c>.</summary>
public enum ConntrackTcpState : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>SYN seen.</summary>
    SynSent = 1,

    /// <summary>SYN and ACK seen.</summary>
    SynReceived = 2,

    /// <summary>Open.</summary>
    Established = 3,

    /// <summary>One side has closed.</summary>
    FinWait = 4,

    /// <summary>The other side knows.</summary>
    CloseWait = 5,

    /// <summary>Both have closed.</summary>
    LastAck = 6,

    /// <summary>Closed; late packets may come.</summary>
    TimeWait = 7,

    /// <summary>Reset.</summary>
    Close = 8,

    /// <summary>SYN seen from both sides.</summary>
    SynSent2 = 9,
}
