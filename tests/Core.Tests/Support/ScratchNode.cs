using System.Globalization;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Plan;

namespace TransparentCni.Core.Tests.Support;

/// <summary>
/// Two network namespaces of a test's own, a node and a container, gone when it is disposed of. What a plan prints is
/// run in the node's, with the container's name put in.
/// </summary>
internal sealed class ScratchNode : IDisposable
{
    private static int _count;

    public ScratchNode()
    {
        Tool.Require("ip", "nft", "nsenter", "sysctl");
        var number = Interlocked.Increment(ref _count);
        Node = string.Create(CultureInfo.InvariantCulture, $"core-test-{Environment.ProcessId}-{number}");
        Container = Node + "-c";
        Tool.Run("ip", "netns", "add", Node);
        Tool.Run("ip", "netns", "add", Container);
        Sh("ip link set lo up && ip -n CONTAINER link set lo up");
    }

    /// <summary>The node's name.</summary>
    public string Node { get; }

    /// <summary>The container's name.</summary>
    public string Container { get; }

    /// <summary>Runs a shell script on the node and returns what it prints; CONTAINER stands for the container's name.</summary>
    public string Sh(string script) =>
        Tool.Run("nsenter", $"--net=/run/netns/{Node}", "sh", "-ec", script.Replace("CONTAINER", Container, StringComparison.Ordinal));

    /// <summary>Runs what the steps print.</summary>
    public void Apply(IEnumerable<Step> steps) => Sh(string.Join('\n', steps));

    /// <summary>Has nft read what the operations print.</summary>
    public void Apply(IEnumerable<NftOperation> operations) =>
        Tool.RunWith(string.Join('\n', operations) + "\n", "nsenter", $"--net=/run/netns/{Node}", "nft", "-f", "-");

    /// <summary>The packet filter as the kernel tells it.</summary>
    public string Ruleset() => Sh("nft list ruleset");

    public void Dispose()
    {
        Tool.TryRun("", "ip", "netns", "del", Container);
        Tool.TryRun("", "ip", "netns", "del", Node);
    }
}
