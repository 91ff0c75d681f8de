using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// An expression that was read and is not known here, or has a part that is not. Nothing of it is lost: it can be
/// written back as it was.
/// </summary>
public sealed record UnknownExpression : NftExpression
{
    private readonly byte[] _data;

    /// <summary>An expression as the kernel would send it.</summary>
    /// <param name="name">What the kernel calls it.</param>
    /// <param name="data">Payload of <c>NFTA_EXPR_DATA</c>.</param>
    public UnknownExpression(string name, ReadOnlySpan<byte> data)
    {
        Name = name;
        _data = data.ToArray();
    }

    /// <summary>What the kernel calls it.</summary>
    public string Name { get; }

    /// <summary>Its attributes, the payload of <c>NFTA_EXPR_DATA</c>.</summary>
    public ReadOnlySpan<byte> Data => _data;

    internal override string KernelName => Name;

    /// <summary>Whether both have the same name and bytes.</summary>
    public bool Equals(UnknownExpression? other) =>
        other is not null && Name == other.Name && Data.SequenceEqual(other.Data);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, _data.Length);

    /// <summary>Name and bytes.</summary>
    public override string ToString() => $"UnknownExpression {{ {Name} 0x{Convert.ToHexStringLower(_data)} }}";

    private protected override void WriteData(NetlinkWriter writer) =>
        writer.PutBytes(NFTA_EXPR_DATA | NetlinkConstants.NLA_F_NESTED, _data);
}
