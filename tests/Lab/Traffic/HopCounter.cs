using System.Globalization;
using System.Text.RegularExpressions;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Traffic;

/// <summary>
/// Counts, where datagrams to <see cref="Attempt.ServerPort"/> arrive, which way they came: what the node forwarded once went
/// past the proxy; what the node, the proxy and the node again forwarded went through it. For more than can be recorded.
/// </summary>
public sealed partial class HopCounter
{
    private const int OnceForwarded = 63;
    private const int ThriceForwarded = 61;

    private readonly Internet _internet;

    /// <summary>Starts to count.</summary>
    public HopCounter(Internet internet)
    {
        _internet = internet;
        internet.Namespace.Nft($$"""
            table inet hops {
              counter past { }
              counter through { }
              chain in {
                type filter hook input priority 0;
                meta l4proto udp th dport {{Attempt.ServerPort}} ip ttl {{OnceForwarded}} counter name past
                meta l4proto udp th dport {{Attempt.ServerPort}} ip ttl {{ThriceForwarded}} counter name through
                meta l4proto udp th dport {{Attempt.ServerPort}} ip6 hoplimit {{OnceForwarded}} counter name past
                meta l4proto udp th dport {{Attempt.ServerPort}} ip6 hoplimit {{ThriceForwarded}} counter name through
              }
            }
            """);
    }

    /// <summary>How many went past a proxy.</summary>
    public long Past => Counted("past");

    /// <summary>How many went through one.</summary>
    public long Through => Counted("through");

    private long Counted(string counter) => long.Parse(
        Packets().Match(_internet.Namespace.Run("nft", "list", "counter", "inet", "hops", counter).Output).Groups[1].Value,
        CultureInfo.InvariantCulture);

    [GeneratedRegex("packets ([0-9]+)")]
    private static partial Regex Packets();
}
