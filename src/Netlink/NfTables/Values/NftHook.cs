namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// Where on a packet's way a base chain is asked (<c>NF_INET_*</c> of <c>linux/netfilter.h</c>). Bridge tables use the
/// same numbers; a netdev table has <see cref="Ingress"/> and <see cref="Egress"/> only, under numbers of its own.
/// </summary>
public enum NftHook : byte
{
    /// <summary>A packet has come in; it is not decided yet where it goes.</summary>
    Prerouting = 0,

    /// <summary>It goes to this namespace itself.</summary>
    Input = 1,

    /// <summary>It is routed through.</summary>
    Forward = 2,

    /// <summary>It was made here.</summary>
    Output = 3,

    /// <summary>It is about to leave.</summary>
    Postrouting = 4,

    /// <summary>A device has received it; comes before everything else, and needs devices.</summary>
    Ingress = 5,

    /// <summary>A device is about to send it; netdev tables only (Linux 5.16).</summary>
    Egress = 6,
}

internal static class NftHookNumbers
{
    private const uint NetdevIngress = 0;
    private const uint NetdevEgress = 1;

    /// <summary>
    /// The kernel's number of a hook in a family: <c>enum nf_inet_hooks</c>, <c>enum nf_dev_hooks</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The family has no such hook.</exception>
    public static uint NumberIn(this NftHook hook, NftFamily family) => (family, hook) switch
    {
        (NftFamily.Netdev, NftHook.Ingress) => NetdevIngress,
        (NftFamily.Netdev, NftHook.Egress) => NetdevEgress,
        (NftFamily.Netdev, _) or (_, NftHook.Egress) => throw new ArgumentException(
            $"Chains of family {family.Keyword()} have no hook {hook}.", nameof(hook)),
        _ => (uint)hook,
    };

    public static NftHook FromNumber(uint number, NftFamily family) => (family, number) switch
    {
        (NftFamily.Netdev, NetdevIngress) => NftHook.Ingress,
        (NftFamily.Netdev, NetdevEgress) => NftHook.Egress,
        _ => (NftHook)number,
    };
}
