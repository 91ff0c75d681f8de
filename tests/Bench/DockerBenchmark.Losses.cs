using System.Diagnostics;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Bench;

/// <content>What others take away on the node.</content>
internal sealed partial class DockerBenchmark
{
    // Whoever takes away again and again is met more slowly.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(4);

    private Loss[] Losses()
    {
        var (own, link) = (_talker!.OwnAddress(false), _talker.HostInterface);
        return
        [
            new(TakenFilter, "nft delete table inet transparent_cni", $"nft get element inet transparent_cni attached4 '{{ {own} }}'"),
            new(TakenRule, "ip rule del priority 100", "ip rule show priority 100 | grep -q lookup"),
            new(TakenRoute, $"ip route del {own}", $"ip route show {own} | grep -q dev"),
            // The link is there a moment before it leads anywhere.
            new(TakenLink, $"ip link del {link}", $"ip route show {own} | grep -q {link}"),
        ];
    }

    // From the end of the command that takes it away to the first look that finds it again, some milliseconds between them.
    private void TakeAway(int rounds)
    {
        foreach (var loss in Losses())
        {
            for (var round = 0; round < rounds; round++)
            {
                Thread.Sleep(s_pause);
                Shell(loss.Command).Required();
                var clock = Stopwatch.StartNew();
                WaitFor(() => Shell(loss.Question).ExitCode == 0, $"what `{loss.Command}` took away is back");
                Values.Add(loss.Name, clock.Elapsed.TotalMilliseconds);
            }
        }
    }

    private CommandResult Shell(string script) => Command.Run(new Command("sh", "-c", script) { Namespace = _node.Namespace });

    private sealed record Loss(string Name, string Command, string Question);
}
