namespace TransparentCni.Netlink.NfTables;

/// <summary>The payloads that many nf_tables objects share.</summary>
internal static class AttributeWriting
{
    public static void PutRegister(this NetlinkWriter writer, ushort type, NftRegister register) =>
        writer.PutUInt32BigEndian(type, register.ToWire());

    public static void PutRegister(this NetlinkWriter writer, ushort type, NftRegister? register)
    {
        if (register is { } given)
            writer.PutRegister(type, given);
    }

    /// <summary>A value as <c>NFTA_DATA_VALUE</c> inside an attribute.</summary>
    public static void PutData(this NetlinkWriter writer, ushort type, NftValue value)
    {
        using (writer.BeginNested(type))
            writer.PutBytes(NfTablesConstants.NFTA_DATA_VALUE, value.Bytes);
    }

    /// <summary>A verdict as <c>NFTA_DATA_VERDICT</c> inside an attribute.</summary>
    public static void PutVerdict(this NetlinkWriter writer, ushort type, NftVerdict verdict)
    {
        using (writer.BeginNested(type))
            verdict.Write(writer);
    }

    public static void PutUserData(this NetlinkWriter writer, ushort type, NftUserData userData)
    {
        if (!userData.IsEmpty)
            writer.PutBytes(type, userData.Bytes);
    }

    /// <summary>A span of time as 64 bits of milliseconds.</summary>
    public static void PutMilliseconds(this NetlinkWriter writer, ushort type, TimeSpan? time)
    {
        if (time is { } given)
            writer.PutUInt64BigEndian(type, (ulong)given.TotalMilliseconds);
    }
}
