using TransparentCni.Core.Model;

namespace TransparentCni.Core.Nft;

/// <summary>Which end of a packet.</summary>
public enum Side
{
    /// <summary>Where it comes from.</summary>
    Source,

    /// <summary>Where it goes.</summary>
    Destination,
}

/// <summary>Where a mark is kept.</summary>
public enum MarkOf
{
    /// <summary>On the packet (<c>meta mark</c>): routing looks at it.</summary>
    Packet,

    /// <summary>On the connection's conntrack entry (<c>ct mark</c>): it lasts.</summary>
    Connection,
}

/// <summary>What is asked of the socket that a packet belongs to.</summary>
public enum SocketTrait
{
    /// <summary>Whether it has <c>IP_TRANSPARENT</c>.</summary>
    Transparent,

    /// <summary>Whether it is bound to no single address; a connection that was closed lately is not asked.</summary>
    Wildcard,
}

/// <summary>
/// Something that a rule reads from a packet or from its conntrack entry. Prints as nft writes it; the dataplane turns
/// it into the kernel's expressions.
/// </summary>
public abstract record NftOperand
{
    private NftOperand()
    {
    }

    /// <summary>A value of this operand, as nft writes it.</summary>
    public virtual string Format(uint value) => $"{value}";

    /// <summary><c>iifname</c> or <c>oifname</c>.</summary>
    public sealed record InterfaceName(Side Side) : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => Side == Side.Source ? "iifname" : "oifname";
    }

    /// <summary>The group of an interface, or bits of it.</summary>
    public sealed record InterfaceGroup(Side Side, uint? Mask = null) : NftOperand
    {
        /// <inheritdoc/>
        public override string Format(uint value) => $"0x{value:x8}";

        /// <inheritdoc/>
        public override string ToString() => (Side == Side.Source ? "iifgroup" : "oifgroup") + (Mask is { } mask ? $" & 0x{mask:x8}" : "");
    }

    /// <summary>An address in the IP header.</summary>
    public sealed record Address(AddressFamily Family, Side Side) : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Family.NftName()} {(Side == Side.Source ? "saddr" : "daddr")}";
    }

    /// <summary>The sender's IPv4 address in an ARP packet.</summary>
    public sealed record ArpSender : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => "arp saddr ip";
    }

    /// <summary>Bits of a mark.</summary>
    public sealed record Mark(MarkOf Of, uint Mask) : NftOperand
    {
        /// <inheritdoc/>
        public override string Format(uint value) => $"0x{value:x8}";

        /// <inheritdoc/>
        public override string ToString() => $"{(Of == MarkOf.Packet ? "meta" : "ct")} mark & 0x{Mask:x8}";
    }

    /// <summary>The packet's priority.</summary>
    public sealed record Priority : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => "meta priority";
    }

    /// <summary>The bucket of a flow: a hash of its addresses and ports.</summary>
    public sealed record Bucket(AddressFamily Family) : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"jhash {Family.NftName()} saddr . {Family.NftName()} daddr . th sport . th dport mod {Buckets.Count}";
    }

    /// <summary>The transport protocol.</summary>
    public sealed record Protocol : NftOperand
    {
        /// <inheritdoc/>
        public override string Format(uint value) => value switch
        {
            6 => "tcp",
            17 => "udp",
            _ => $"{value}",
        };

        /// <inheritdoc/>
        public override string ToString() => "meta l4proto";
    }

    /// <summary>The port at either end: the first or second 16 bits of whatever transport header there is.</summary>
    public sealed record Port(Side Side) : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => Side == Side.Source ? "th sport" : "th dport";
    }

    /// <summary>The type of an ICMP message of a family.</summary>
    public sealed record IcmpType(AddressFamily Family) : NftOperand
    {
        /// <inheritdoc/>
        public override string Format(uint value) => value switch
        {
            5 => "redirect",
            137 => "nd-redirect",
            _ => $"{value}",
        };

        /// <inheritdoc/>
        public override string ToString() => Family == AddressFamily.IPv4 ? "icmp type" : "icmpv6 type";
    }

    /// <summary>Which way a packet goes within its connection.</summary>
    public sealed record Direction : NftOperand
    {
        /// <summary>The way of the packet that opened it.</summary>
        public const uint Original = 0;

        /// <summary>The other way.</summary>
        public const uint Reply = 1;

        /// <inheritdoc/>
        public override string Format(uint value) => value == Original ? "original" : "reply";

        /// <inheritdoc/>
        public override string ToString() => "ct direction";
    }

    /// <summary>The conntrack zone in which the connection's original direction is kept.</summary>
    public sealed record OriginalZone : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => "ct original zone";
    }

    /// <summary>Something about the local socket that the packet belongs to; where there is none, the rule ends.</summary>
    public sealed record SocketIs(SocketTrait Trait) : NftOperand
    {
        /// <inheritdoc/>
        public override string ToString() => Trait == SocketTrait.Transparent ? "socket transparent" : "socket wildcard";
    }

    /// <summary>What an address is to this namespace (<c>RTN_*</c> of linux/rtnetlink.h).</summary>
    public sealed record AddressKind(Side Side) : NftOperand
    {
        /// <summary>One of its own addresses.</summary>
        public const uint Local = 2;

        /// <summary>A broadcast address of one of its networks.</summary>
        public const uint Broadcast = 3;

        /// <inheritdoc/>
        public override string Format(uint value) => value switch
        {
            Local => "local",
            Broadcast => "broadcast",
            _ => $"{value}",
        };

        /// <inheritdoc/>
        public override string ToString() => $"fib {(Side == Side.Source ? "saddr" : "daddr")} type";
    }
}
