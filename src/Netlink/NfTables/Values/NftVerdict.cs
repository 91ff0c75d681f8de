using System.Globalization;
using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// What becomes of a packet: the data of an element in a map of verdicts, or of <see cref="ImmediateVerdict"/>.
/// </summary>
public readonly record struct NftVerdict
{
    private NftVerdict(NftVerdictCode code, string? chain = null)
    {
        Code = code;
        Chain = chain;
    }

    /// <summary>The hook's chains of this priority let it pass.</summary>
    public static NftVerdict Accept => new(NftVerdictCode.Accept);

    /// <summary>It is gone.</summary>
    public static NftVerdict Drop => new(NftVerdictCode.Drop);

    /// <summary>Go on with the next rule.</summary>
    public static NftVerdict Continue => new(NftVerdictCode.Continue);

    /// <summary>Back to the rule after the last jump; in a base chain, to its policy.</summary>
    public static NftVerdict Return => new(NftVerdictCode.Return);

    /// <summary>The code.</summary>
    public NftVerdictCode Code { get; }

    /// <summary>The chain that a jump or goto leads to; null for other verdicts.</summary>
    public string? Chain { get; }

    /// <summary>Go through another chain and come back.</summary>
    public static NftVerdict Jump(string chain) => To(NftVerdictCode.Jump, chain);

    /// <summary>Go through another chain, and from its end to where this chain would have returned.</summary>
    public static NftVerdict Goto(string chain) => To(NftVerdictCode.Goto, chain);

    /// <summary>As nft writes it: <c>accept</c>, <c>goto leg1</c>.</summary>
    public override string ToString() => Code switch
    {
        NftVerdictCode.Drop => "drop",
        NftVerdictCode.Accept => "accept",
        NftVerdictCode.Continue => "continue",
        NftVerdictCode.Break => "break",
        NftVerdictCode.Return => "return",
        NftVerdictCode.Jump => $"jump {Chain}",
        NftVerdictCode.Goto => $"goto {Chain}",
        _ => ((int)Code).ToString(CultureInfo.InvariantCulture),
    };

    internal void Write(NetlinkWriter writer)
    {
        using (writer.BeginNested(NFTA_DATA_VERDICT))
        {
            writer.PutUInt32BigEndian(NFTA_VERDICT_CODE, (uint)Code);
            if (Chain is not null)
                writer.PutString(NFTA_VERDICT_CHAIN, Chain);
        }
    }

    internal static NftVerdict Read(NetlinkAttributes attributes)
    {
        var code = (NftVerdictCode)attributes.RequireUInt32BigEndian(NFTA_VERDICT_CODE);
        return new NftVerdict(code, attributes.FindString(NFTA_VERDICT_CHAIN));
    }

    private static NftVerdict To(NftVerdictCode code, string chain)
    {
        ArgumentException.ThrowIfNullOrEmpty(chain);
        return new NftVerdict(code, chain);
    }
}

/// <summary><c>NF_*</c> of <c>linux/netfilter.h</c> and <c>enum nft_verdicts</c> of <c>nf_tables.h</c>.</summary>
public enum NftVerdictCode
{
    /// <summary><c>NF_DROP</c>.</summary>
    Drop = 0,

    /// <summary><c>NF_ACCEPT</c>.</summary>
    Accept = 1,

    /// <summary><c>NFT_CONTINUE</c>.</summary>
    Continue = -1,

    /// <summary><c>NFT_BREAK</c>: this rule does not match; made by expressions, not by rules.</summary>
    Break = -2,

    /// <summary><c>NFT_JUMP</c>.</summary>
    Jump = -3,

    /// <summary><c>NFT_GOTO</c>.</summary>
    Goto = -4,

    /// <summary><c>NFT_RETURN</c>.</summary>
    Return = -5,
}
