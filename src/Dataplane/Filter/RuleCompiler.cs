using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using static TransparentCni.Netlink.NfTables.NftRegister;
using Nf = TransparentCni.Netlink.NfTables;

namespace TransparentCni.Dataplane.Filter;

/// <summary>
/// Turns one rule into the kernel's expressions, registers chosen as nft chooses them. What is only there in some
/// packets (an IPv6 header, an ARP sender) is asked for after a test for such packets, once a rule, as nft does it
/// without saying so.
/// </summary>
internal sealed partial class RuleCompiler(NftTable table)
{
    private const ushort EtherTypeIPv4 = 0x0800;
    private const ushort EtherTypeIPv6 = 0x86dd;
    private const ushort EtherTypeArp = 0x0806;
    private const uint ConfirmedStatus = 1 << 3; // IPS_CONFIRMED
    private const byte Icmp = 1;
    private const byte IcmpV6 = 58;
    private const int RegisterBytes = 4;

    private readonly List<Nf.NftExpression> _expressions = [];
    private readonly HashSet<uint> _established = [];

    /// <summary>The rule's expressions.</summary>
    public IReadOnlyList<Nf.NftExpression> Compile(NftRule rule)
    {
        foreach (var statement in rule.Statements)
            Add(statement);
        return _expressions;
    }

    private void Add(NftStatement statement)
    {
        switch (statement)
        {
            case NftStatement.Compare(var operand, var value, var negate):
                Load(R0, operand);
                Compare(negate, Sized(operand, value));
                break;
            case NftStatement.InNetwork(var side, var network):
                AddInNetwork(side, network);
                break;
            case NftStatement.Lookup(var set, var negate, var key):
                Load(R0, key);
                _expressions.Add(new Nf.Lookup(set, R0, null, negate));
                break;
            case NftStatement.Dispatch(var map, var key):
                Load(R0, key);
                _expressions.Add(Nf.Lookup.Verdict(map));
                break;
            case NftStatement.PriorityFrom(var map, var key):
                Load(R0, key);
                _expressions.Add(new Nf.Lookup(map, R0, R0));
                _expressions.Add(new Nf.MetaSet(Nf.NftMetaKey.Priority));
                break;
            case NftStatement.ClearPriority:
                _expressions.Add(new Nf.ImmediateData(Nf.NftValue.UInt32(0)));
                _expressions.Add(new Nf.MetaSet(Nf.NftMetaKey.Priority));
                break;
            case NftStatement.Then(var verdict):
                _expressions.Add(new Nf.ImmediateVerdict(FilterCompiler.Verdict(verdict)));
                break;
            case NftStatement.Counter:
                _expressions.Add(new Nf.Counter());
                break;
            default:
                AddConntrackOrNat(statement);
                break;
        }
    }

    private void AddConntrackOrNat(NftStatement statement)
    {
        switch (statement)
        {
            case NftStatement.Invalid:
                AddBits(Nf.NftCtKey.State, (uint)Nf.NftCtStates.Invalid, negate: true);
                break;
            case NftStatement.Unconfirmed:
                AddBits(Nf.NftCtKey.Status, ConfirmedStatus, negate: false);
                break;
            case NftStatement.SetMark(var of, var keep, var value):
                AddSetMark(of, keep, value);
                break;
            case NftStatement.SetOriginalZone(var zone):
                _expressions.Add(new Nf.ImmediateData(Nf.NftValue.UInt16(zone)));
                _expressions.Add(new Nf.CtSet(Nf.NftCtKey.Zone, R0, Nf.NftCtDirection.Original));
                break;
            case NftStatement.KeepSource(var family):
                Load(R0, new NftOperand.Address(family, Side.Source));
                _expressions.Add(new Nf.Nat(Nf.NftNatType.Source, family == AddressFamily.IPv4 ? Nf.NftFamily.IPv4 : Nf.NftFamily.IPv6));
                break;
            case NftStatement.Masquerade:
                _expressions.Add(new Nf.Masquerade());
                break;
            case NftStatement.RejectTcp:
                _expressions.Add(Nf.Reject.TcpReset);
                break;
            case NftStatement.Reject:
                _expressions.Add(Nf.Reject.With(Nf.NftRejectReason.AdministrativelyProhibited));
                break;
            default:
                AddCapture(statement);
                break;
        }
    }

    private void AddInNetwork(Side side, System.Net.IPNetwork network)
    {
        var length = network.PrefixLength;
        var bytes = network.BaseAddress.GetAddressBytes();
        Load(R0, new NftOperand.Address(network.Family(), side));
        if (length < bytes.Length * 8)
        {
            var mask = new byte[bytes.Length];
            for (var bit = 0; bit < length; bit++)
                mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
            _expressions.Add(new Nf.Bitwise(R0, R0, Nf.NftValue.FromBytes(mask), Nf.NftValue.FromBytes(new byte[bytes.Length])));
        }

        Compare(negate: false, Nf.NftValue.FromBytes(bytes));
    }

    private void AddBits(Nf.NftCtKey key, uint bits, bool negate)
    {
        _expressions.Add(new Nf.CtLoad(key));
        _expressions.Add(Nf.Bitwise.And(Nf.NftValue.UInt32(bits)));
        Compare(negate, Nf.NftValue.UInt32(0));
    }

    private void AddSetMark(MarkOf of, uint keep, uint value)
    {
        _expressions.Add(of == MarkOf.Packet ? new Nf.MetaLoad(Nf.NftMetaKey.Mark) : new Nf.CtLoad(Nf.NftCtKey.Mark));
        // (mark & keep) | value, as and-then-xor: what is kept must not hold the bits that are set.
        _expressions.Add(new Nf.Bitwise(R0, R0, Nf.NftValue.UInt32(keep & ~value), Nf.NftValue.UInt32(value)));
        _expressions.Add(of == MarkOf.Packet ? new Nf.MetaSet(Nf.NftMetaKey.Mark) : new Nf.CtSet(Nf.NftCtKey.Mark));
    }

    private void Compare(bool negate, Nf.NftValue value) =>
        _expressions.Add(new Nf.Compare(R0, negate ? Nf.NftCompareOperator.NotEqual : Nf.NftCompareOperator.Equal, value));

    private static Nf.NftValue Sized(NftOperand operand, uint value) => operand switch
    {
        NftOperand.Mark or NftOperand.InterfaceGroup => Nf.NftValue.UInt32(value),
        NftOperand.OriginalZone => Nf.NftValue.UInt16((ushort)value),
        NftOperand.Port => Nf.NftValue.Port((ushort)value),
        NftOperand.AddressKind => Nf.NftValue.UInt32(value),
        _ => Nf.NftValue.UInt8((byte)value),
    };

    // Every test that an operand needs comes before any operand is loaded: tests use the first register.
    private void Load(Nf.NftRegister register, params ReadOnlySpan<NftOperand> operands)
    {
        foreach (var operand in operands)
            Require(operand);
        foreach (var operand in operands)
            register = (Nf.NftRegister)((int)register + (LoadOne(register, operand) + RegisterBytes - 1) / RegisterBytes);
    }

    private void Require(NftOperand operand)
    {
        switch (operand)
        {
            case NftOperand.Address(var family, _):
                RequireFamily(family);
                break;
            case NftOperand.Bucket(var family):
                RequireFamily(family);
                break;
            case NftOperand.ArpSender:
                RequireEtherType(EtherTypeArp);
                break;
            case NftOperand.IcmpType(var family):
                RequireFamily(family);
                _expressions.AddRange(Nf.NftMatch.Protocol(family == AddressFamily.IPv4 ? Icmp : IcmpV6));
                break;
            default:
                break;
        }
    }

    private void RequireFamily(AddressFamily family)
    {
        if (table.Family == "bridge")
            RequireEtherType(family == AddressFamily.IPv4 ? EtherTypeIPv4 : EtherTypeIPv6);
        else if (_established.Add((uint)family))
            _expressions.AddRange(Nf.NftMatch.Family(family == AddressFamily.IPv4 ? Nf.NftFamily.IPv4 : Nf.NftFamily.IPv6));
    }

    private void RequireEtherType(ushort type)
    {
        if (!_established.Add(type))
            return;
        _expressions.Add(new Nf.MetaLoad(Nf.NftMetaKey.Protocol));
        Compare(negate: false, Nf.NftValue.UInt16BigEndian(type));
    }

    /// <returns>How many bytes it takes.</returns>
    private int LoadOne(Nf.NftRegister register, NftOperand operand)
    {
        switch (operand)
        {
            case NftOperand.InterfaceName(var side):
                _expressions.Add(new Nf.MetaLoad(side == Side.Source ? Nf.NftMetaKey.InputInterfaceName : Nf.NftMetaKey.OutputInterfaceName, register));
                return Nf.NftType.InterfaceName.Length;
            case NftOperand.InterfaceGroup(var side, var mask):
                _expressions.Add(new Nf.MetaLoad(side == Side.Source ? Nf.NftMetaKey.InputInterfaceGroup : Nf.NftMetaKey.OutputInterfaceGroup, register));
                if (mask is { } bits)
                    _expressions.Add(new Nf.Bitwise(register, register, Nf.NftValue.UInt32(bits), Nf.NftValue.UInt32(0)));
                return sizeof(uint);
            case NftOperand.Address(var family, var side):
                return LoadAddress(register, family, side);
            case NftOperand.Bucket(var family):
                return LoadBucket(register, family);
            case NftOperand.Mark(var of, var mask):
                _expressions.Add(of == MarkOf.Packet ? new Nf.MetaLoad(Nf.NftMetaKey.Mark, register) : new Nf.CtLoad(Nf.NftCtKey.Mark, register));
                _expressions.Add(new Nf.Bitwise(register, register, Nf.NftValue.UInt32(mask), Nf.NftValue.UInt32(0)));
                return sizeof(uint);
            case NftOperand.Priority:
                _expressions.Add(new Nf.MetaLoad(Nf.NftMetaKey.Priority, register));
                return sizeof(uint);
            case NftOperand.Port(var side):
                _expressions.Add(side == Side.Source ? Nf.PayloadLoad.SourcePort(register) : Nf.PayloadLoad.DestinationPort(register));
                return sizeof(ushort);
            case NftOperand.ArpSender:
                _expressions.Add(new Nf.PayloadLoad(Nf.NftPayloadBase.Network, 14, 4, register)); // RFC 826: ar$spa for Ethernet and IPv4
                return 4;
            default:
                _expressions.Add(Small(register, operand));
                return operand switch
                {
                    NftOperand.OriginalZone => sizeof(ushort),
                    NftOperand.AddressKind => sizeof(uint),
                    _ => sizeof(byte),
                };
        }
    }

    private static Nf.NftExpression Small(Nf.NftRegister register, NftOperand operand) => operand switch
    {
        NftOperand.Protocol => new Nf.MetaLoad(Nf.NftMetaKey.TransportProtocol, register),
        NftOperand.IcmpType => new Nf.PayloadLoad(Nf.NftPayloadBase.Transport, 0, 1, register),
        NftOperand.Direction => new Nf.CtLoad(Nf.NftCtKey.Direction, register),
        NftOperand.OriginalZone => new Nf.CtLoad(Nf.NftCtKey.Zone, register, Nf.NftCtDirection.Original),
        NftOperand.SocketIs(var trait) => new Nf.SocketLoad(
            trait == SocketTrait.Transparent ? Nf.NftSocketKey.Transparent : Nf.NftSocketKey.Wildcard, register),
        NftOperand.AddressKind(var side) => new Nf.FibLookup(
            Nf.NftFibResult.AddressType, side == Side.Source ? Nf.NftFibFlags.SourceAddress : Nf.NftFibFlags.DestinationAddress, register),
        _ => throw new InvalidOperationException($"no way to read: {operand}"),
    };

    private int LoadAddress(Nf.NftRegister register, AddressFamily family, Side side)
    {
        _expressions.Add((family, side) switch
        {
            (AddressFamily.IPv4, Side.Source) => Nf.PayloadLoad.IPv4Source(register),
            (AddressFamily.IPv4, _) => Nf.PayloadLoad.IPv4Destination(register),
            (_, Side.Source) => Nf.PayloadLoad.IPv6Source(register),
            _ => Nf.PayloadLoad.IPv6Destination(register),
        });
        return family == AddressFamily.IPv4 ? 4 : 16;
    }

    // No seed is given: the kernel draws one for the rule, so that nobody can aim a flow at a proxy of his choice.
    private int LoadBucket(Nf.NftRegister register, AddressFamily family)
    {
        var start = (Nf.NftRegister)((int)register + 1);
        Load(
            start,
            new NftOperand.Address(family, Side.Source),
            new NftOperand.Address(family, Side.Destination),
            new NftOperand.Port(Side.Source),
            new NftOperand.Port(Side.Destination));
        var length = (2 * (family == AddressFamily.IPv4 ? 4u : 16u)) + (2 * RegisterBytes);
        _expressions.Add(new Nf.JenkinsHash(start, length, Buckets.Count, register));
        return sizeof(uint);
    }
}
