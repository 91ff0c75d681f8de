namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Look-ups in a list of attributes. nf_tables writes its numbers in network order; a value too short for what is read
/// throws <see cref="InvalidDataException"/>.
/// </summary>
internal static class AttributeReading
{
    public static byte? FindUInt8(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var found) ? found.AsUInt8() : null;

    public static ushort? FindUInt16BigEndian(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var found) ? found.AsUInt16BigEndian() : null;

    public static uint? FindUInt32BigEndian(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var found) ? found.AsUInt32BigEndian() : null;

    public static ulong? FindUInt64BigEndian(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var found) ? found.AsUInt64BigEndian() : null;

    public static string? FindString(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var found) ? found.AsString() : null;

    public static NftUserData FindUserData(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var found)
            ? NftUserData.FromBytes(Limit(found, NfTablesConstants.NFT_USERDATA_MAXLEN))
            : default;

    /// <summary>A span of time in milliseconds, 64 bits.</summary>
    public static TimeSpan? FindMilliseconds(this NetlinkAttributes attributes, ushort type) =>
        attributes.FindUInt64BigEndian(type) is { } value ? FromMilliseconds(value) : null;

    public static NftRegister? FindRegister(this NetlinkAttributes attributes, ushort type) =>
        attributes.FindUInt32BigEndian(type) is { } number
            ? NftRegisterNumbers.FromWire(number)
                ?? throw new InvalidDataException($"nf_tables has no register {number}.")
            : null;

    /// <summary>A value inside <c>NFTA_DATA_VALUE</c>; null where the data is missing or a verdict.</summary>
    public static NftValue? FindData(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var data)
        && data.Nested().TryFind(NfTablesConstants.NFTA_DATA_VALUE, out var value)
            ? NftValue.FromBytes(Limit(value, NfTablesConstants.NFT_DATA_VALUE_MAXLEN))
            : null;

    /// <summary>A verdict inside <c>NFTA_DATA_VERDICT</c>; null where the data is missing or a value.</summary>
    public static NftVerdict? FindVerdict(this NetlinkAttributes attributes, ushort type) =>
        attributes.TryFind(type, out var data)
        && data.Nested().TryFind(NfTablesConstants.NFTA_DATA_VERDICT, out var verdict)
            ? NftVerdict.Read(verdict.Nested())
            : null;

    public static uint RequireUInt32BigEndian(this NetlinkAttributes attributes, ushort type) =>
        attributes.FindUInt32BigEndian(type) ?? throw Missing(type);

    public static string RequireString(this NetlinkAttributes attributes, ushort type) =>
        attributes.FindString(type) ?? throw Missing(type);

    /// <summary>
    /// Whether every attribute is one of <paramref name="types"/>, so that nothing is lost by reading them.
    /// </summary>
    public static bool HasOnly(this NetlinkAttributes attributes, params ReadOnlySpan<ushort> types)
    {
        foreach (var attribute in attributes)
        {
            if (!types.Contains(attribute.Type))
                return false;
        }

        return true;
    }

    private static TimeSpan FromMilliseconds(ulong value) =>
        value <= (ulong)(TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond)
            ? TimeSpan.FromTicks((long)value * TimeSpan.TicksPerMillisecond)
            : TimeSpan.MaxValue;

    private static ReadOnlySpan<byte> Limit(NetlinkAttribute attribute, int most) => attribute.Payload.Length <= most
        ? attribute.Payload
        : throw new InvalidDataException(
            $"Netlink attribute {attribute.Type} has {attribute.Payload.Length} bytes, more than the kernel's {most}.");

    private static InvalidDataException Missing(ushort type) =>
        new($"Netlink attribute {type} is missing from an nf_tables object.");
}
