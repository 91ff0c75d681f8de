using System.Net;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Nft;

/// <summary>
/// What a rule does: a closed list, each printing itself as nft writes it. The same text serves the dry run, the logs
/// and the planner's tests, and the real <c>nft</c> reads it.
/// </summary>
public abstract record NftStatement
{
    private NftStatement()
    {
    }

    /// <summary>Goes on where the operand equals the value, or where <paramref name="Negate"/>, where it does not.</summary>
    public sealed record Compare(NftOperand Operand, uint Value, bool Negate = false) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString()
        {
            // nft writes "==" only where something stands between the operand and the value.
            var equals = Operand is NftOperand.Mark or NftOperand.InterfaceGroup { Mask: not null } ? "== " : "";
            return $"{Operand} {(Negate ? "!= " : equals)}{Operand.Format(Value)}";
        }
    }

    /// <summary>Goes on where the packet came in by the interface, or where <paramref name="Negate"/>, by another.</summary>
    public sealed record FromInterface(string Name, bool Negate = false) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"{new NftOperand.InterfaceName(Side.Source)} {(Negate ? "!= " : "")}{new KeyPart.InterfaceName(Name)}";
    }

    /// <summary>Goes on where the address lies in the network.</summary>
    public sealed record InNetwork(Side Side, IPNetwork Network) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"{new NftOperand.Address(Network.Family(), Side)} {new KeyPart.Network(Network)}";
    }

    /// <summary>Goes on where the operands together are, or are not, an element of the set.</summary>
    public sealed record Lookup(string Set, bool Negate, params NftOperand[] Key) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"{string.Join(" . ", (object[])Key)} {(Negate ? "!= " : "")}@{Set}";
    }

    /// <summary>Does what the verdict map says of the operands; goes on where it says nothing.</summary>
    public sealed record Dispatch(string Map, params NftOperand[] Key) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"{string.Join(" . ", (object[])Key)} vmap @{Map}";
    }

    /// <summary>Sets the packet's priority to what the map says of the operands; the rule ends where it says nothing.</summary>
    public sealed record PriorityFrom(string Map, params NftOperand[] Key) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"{new NftOperand.Priority()} set {string.Join(" . ", (object[])Key)} map @{Map}";
    }

    /// <summary>Sets the packet's priority to 0.</summary>
    public sealed record ClearPriority : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"{new NftOperand.Priority()} set {new KeyPart.Priority(0)}";
    }

    /// <summary>Goes on where the packet fits no connection (<c>ct state invalid</c>).</summary>
    public sealed record Invalid : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "ct state invalid";
    }

    /// <summary>Goes on where the packet is the first of a TCP connection.</summary>
    public sealed record OpensTcp : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "tcp flags & (fin | syn | rst | ack) == syn";
    }

    /// <summary>Goes on where the packet opens its connection: nothing of it has left this node yet.</summary>
    public sealed record Unconfirmed : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "ct status & confirmed == 0";
    }

    /// <summary>Keeps the bits under <paramref name="Keep"/> of a mark and sets those of <paramref name="Value"/>.</summary>
    public sealed record SetMark(MarkOf Of, uint Keep, uint Value) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString()
        {
            var mark = Of == MarkOf.Packet ? "meta mark" : "ct mark";
            return $"{mark} set {mark} & 0x{Keep:x8}{(Value == 0 ? "" : $" | 0x{Value:x8}")}";
        }
    }

    /// <summary>
    /// Puts the packet's connection into a zone, in the original direction only: the reply direction stays in zone 0, and
    /// a packet is looked up in both (<c>resolve_normal_ct</c> in net/netfilter/nf_conntrack_core.c).
    /// </summary>
    public sealed record SetOriginalZone(ushort Zone) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"ct original zone set {Zone}";
    }

    /// <summary>Source NAT to the address that is there: binds the connection, so that no later NAT rule is asked.</summary>
    public sealed record KeepSource(AddressFamily Family) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"snat {Family.NftName()} to {Family.NftName()} saddr";
    }

    /// <summary>Source NAT to the address of the interface by which the packet leaves.</summary>
    public sealed record Masquerade : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "masquerade";
    }

    /// <summary>
    /// Hands the packet, unchanged, to a transparent socket: that of its connection, else the one that listens on the
    /// port. The rule ends where there is none.
    /// </summary>
    public sealed record ToSocket(ushort Port) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"tproxy to :{Port}";
    }

    /// <summary>Destination NAT to an address of the interface that the packet came in by, and this port.</summary>
    public sealed record RedirectTo(ushort Port) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => $"redirect to :{Port}";
    }

    /// <summary>Counts packets and bytes.</summary>
    public sealed record Counter : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "counter";
    }

    /// <summary>Answers a TCP segment with a reset.</summary>
    public sealed record RejectTcp : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "reject with tcp reset";
    }

    /// <summary>Answers with ICMP "administratively prohibited" of the packet's family.</summary>
    public sealed record Reject : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => "reject with icmpx admin-prohibited";
    }

    /// <summary>Ends the rule.</summary>
    public sealed record Then(NftVerdict Verdict) : NftStatement
    {
        /// <inheritdoc/>
        public override string ToString() => Verdict.ToString();
    }
}
