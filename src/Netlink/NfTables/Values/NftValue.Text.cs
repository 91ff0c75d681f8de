using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace TransparentCni.Netlink.NfTables;

/// <content>Text.</content>
public readonly partial struct NftValue
{
    private const uint MaskOfId = (1u << NftType.BitsOfId) - 1;

    /// <summary>As nft writes it where the type is known, else in hexadecimal as it lies in memory.</summary>
    public override string ToString()
    {
        if (_types == 0)
            return Hexadecimal(Bytes);
        var text = new StringBuilder();
        var offset = 0;
        var fields = (32 - uint.LeadingZeroCount(_types) + NftType.BitsOfId - 1) / NftType.BitsOfId;
        for (var field = (int)fields - 1; field >= 0; field--)
        {
            var type = _types >> (field * NftType.BitsOfId) & MaskOfId;
            var bytes = Field(type, offset);
            if (offset > 0)
                text.Append(" . ");
            text.Append(Format(type, bytes));
            offset += Padded(bytes.Length);
        }

        return text.ToString();
    }

    /// <summary>This value with the types that its fields have, so that it prints as nft prints it.</summary>
    /// <remarks>Values that were read from the kernel come without, since an element does not carry them.</remarks>
    public NftValue As(params ReadOnlySpan<NftType> types)
    {
        var length = 0;
        foreach (var type in types)
            length += type.PaddedLength;
        return types.Length > 0 && Padded(Length) == length ? new NftValue(_bytes ?? [], NftType.Pack(types)) : this;
    }

    private ReadOnlySpan<byte> Field(uint type, int offset)
    {
        var length = LengthOf(type);
        return offset + length <= Length ? Bytes.Slice(offset, length) : Bytes[Math.Min(offset, Length)..];
    }

    private static int LengthOf(uint type)
    {
        if (type == NftType.IPv6Address.Id || type == NftType.InterfaceName.Id)
            return 16;
        if (type == NftType.EtherAddress.Id)
            return 6;
        if (type == NftType.InternetService.Id || type == NftType.EtherType.Id || type == NftType.InterfaceType.Id)
            return 2;
        return IsByte(type) ? 1 : 4;
    }

    private static bool IsByte(uint type) => type == NftType.InternetProtocol.Id
        || type == NftType.NetfilterProtocol.Id
        || type == NftType.CtDirection.Id
        || type == NftType.PacketType.Id;

    private static string Format(uint type, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthOf(type))
            return Hexadecimal(bytes);
        if (type == NftType.IPv4Address.Id || type == NftType.IPv6Address.Id)
            return new IPAddress(bytes).ToString();
        if (type == NftType.EtherAddress.Id)
            return FormatEther(bytes);
        if (type == NftType.InterfaceName.Id)
            return $"\"{Encoding.UTF8.GetString(bytes.TrimEnd((byte)0))}\"";
        if (type == NftType.InternetService.Id)
            return (bytes[0] << 8 | bytes[1]).ToString(CultureInfo.InvariantCulture);
        if (bytes.Length == 1)
            return bytes[0].ToString(CultureInfo.InvariantCulture);
        if (type == NftType.Mark.Id)
            return $"0x{MemoryMarshal.Read<uint>(bytes):x8}";
        return type == NftType.Integer.Id || type == NftType.InterfaceIndex.Id
            ? MemoryMarshal.Read<uint>(bytes).ToString(CultureInfo.InvariantCulture)
            : Hexadecimal(bytes);
    }

    private static string FormatEther(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var part in bytes)
            text.Append(text.Length > 0 ? ":" : "").Append(part.ToString("x2", CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static string Hexadecimal(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);
}
