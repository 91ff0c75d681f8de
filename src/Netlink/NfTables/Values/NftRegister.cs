namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Where expressions of a rule put values for one another: 16 registers of 4 bytes, numbered as <c>NFT_REG32_00</c> to
/// <c>NFT_REG32_15</c>. A longer value takes as many in a row as it needs, each field of a concatenation beginning at a
/// register of its own: an IPv4 address, another and two ports in R0 to R3.
/// </summary>
public enum NftRegister : byte
{
    /// <summary>The rule's verdict: the destination of a look-up in a map of verdicts.</summary>
    Verdict = 0,

    /// <summary>Bytes 0 to 3.</summary>
    R0 = 8,

    /// <summary>Bytes 4 to 7.</summary>
    R1,

    /// <summary>Bytes 8 to 11.</summary>
    R2,

    /// <summary>Bytes 12 to 15.</summary>
    R3,

    /// <summary>Bytes 16 to 19.</summary>
    R4,

    /// <summary>Bytes 20 to 23.</summary>
    R5,

    /// <summary>Bytes 24 to 27.</summary>
    R6,

    /// <summary>Bytes 28 to 31.</summary>
    R7,

    /// <summary>Bytes 32 to 35.</summary>
    R8,

    /// <summary>Bytes 36 to 39.</summary>
    R9,

    /// <summary>Bytes 40 to 43.</summary>
    R10,

    /// <summary>Bytes 44 to 47.</summary>
    R11,

    /// <summary>Bytes 48 to 51.</summary>
    R12,

    /// <summary>Bytes 52 to 55.</summary>
    R13,

    /// <summary>Bytes 56 to 59.</summary>
    R14,

    /// <summary>Bytes 60 to 63.</summary>
    R15,
}

internal static class NftRegisterNumbers
{
    private const uint Wide1 = 1;
    private const uint Wide4 = 4;
    private const uint NarrowPerWide = 4;

    /// <summary>
    /// The number as nft and the kernel write it: every fourth register as one of the older 16-byte registers that
    /// begins there (<c>nft_dump_register</c> in <c>net/netfilter/nf_tables_api.c</c>).
    /// </summary>
    public static uint ToWire(this NftRegister register)
    {
        if (register == NftRegister.Verdict)
            return 0;
        var index = (uint)register - (uint)NftRegister.R0;
        return index % NarrowPerWide == 0 ? Wide1 + index / NarrowPerWide : (uint)register;
    }

    /// <summary>The register of either numbering; null where there is none of that number.</summary>
    public static NftRegister? FromWire(uint number) => number switch
    {
        0 => NftRegister.Verdict,
        >= Wide1 and <= Wide4 => (NftRegister)((uint)NftRegister.R0 + (number - Wide1) * NarrowPerWide),
        >= (uint)NftRegister.R0 and <= (uint)NftRegister.R15 => (NftRegister)number,
        _ => null,
    };
}
