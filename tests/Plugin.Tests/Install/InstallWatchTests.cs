using System.Diagnostics;
using TransparentCni.Plugin.Install;

namespace TransparentCni.Plugin.Tests.Install;

public sealed class InstallWatchTests
{
    // What is waited for is on disk (fsync(2)), which takes long where others write a lot.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    // Never within a test: what is seen was told by the kernel.
    private static readonly TimeSpan s_never = TimeSpan.FromHours(1);

    [Fact]
    public void A_file_that_is_written_anew_gets_its_entry_again()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        using var running = new Running(node, s_never);
        running.Until(() => HasEntry(node));
        for (var round = 0; round < 5; round++)
        {
            // In place as k3s does it, and by renaming as kindnetd does it.
            var text = ScratchNode.Kindnet.Replace("1500", $"{1400 + round}", StringComparison.Ordinal);
            if (round % 2 == 0)
                node.Write("10-kindnet.conflist", text);
            else
                File.Move(node.Write(".unfinished", text), node.Conf("10-kindnet.conflist"), overwrite: true);
            running.Until(() => HasEntry(node) && node.Read("10-kindnet.conflist").Contains($"{1400 + round}", StringComparison.Ordinal));
            running.Until(() => node.Read("10-kindnet.conflist.before-tproxy") == text);
        }

        Assert.DoesNotContain(Said(node), line => line.Contains("while it was being replaced", StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_that_comes_later_is_waited_for()
    {
        using var node = new ScratchNode();
        using var running = new Running(node, s_never);
        running.Until(() => node.Said.Count > 0);
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        running.Until(() => HasEntry(node));
    }

    [Fact]
    public void Another_file_that_goes_first_is_entered_as_well()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        using var running = new Running(node, s_never);
        running.Until(() => HasEntry(node));
        node.Write("05-first.conflist", """{"cniVersion":"1.0.0","name":"first","plugins":[{"type":"bridge"}]}""");
        running.Until(() => node.Types("05-first.conflist").Contains("tproxy"));
        Assert.True(HasEntry(node));
    }

    [Fact]
    public void A_half_written_file_is_left_alone_until_it_is_whole()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        using var running = new Running(node, s_never);
        running.Until(() => HasEntry(node));
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet[..100]);
        running.Until(() => Said(node).Any(line => line.Contains("is not JSON", StringComparison.Ordinal)));
        Assert.Equal(ScratchNode.Kindnet[..100], node.Read("10-kindnet.conflist"));
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        running.Until(() => HasEntry(node));
    }

    [Fact]
    public void What_nothing_tells_of_is_found_by_looking()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        using var running = new Running(node, TimeSpan.FromMilliseconds(100));
        running.Until(() => HasEntry(node) && File.Exists(node.Target));
        // Plugins' own directory is not watched; and the other one is replaced as a whole.
        File.Delete(node.Target);
        running.Until(() => File.Exists(node.Target));
        Directory.Move(node.ConfDir, node.ConfDir + ".old");
        Directory.CreateDirectory(node.ConfDir);
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        running.Until(() => HasEntry(node));
    }

    private static bool HasEntry(ScratchNode node)
    {
        try
        {
            return node.Types("10-kindnet.conflist").Contains("tproxy");
        }
        catch (Exception exception) when (exception is IOException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static List<string> Said(ScratchNode node)
    {
        lock (node.Said)
            return [.. node.Said];
    }

    private sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Installer _installer;
        private readonly InstallWatch _watch;
        private readonly Thread _thread;
        private readonly ScratchNode _node;

        public Running(ScratchNode node, TimeSpan interval)
        {
            _node = node;
            _installer = new Installer(node.Options, node.Say);
            _watch = new InstallWatch(node.ConfDir, () => _installer.Install(), node.Say) { Interval = interval };
            _thread = new Thread(() => _watch.Run(_stop.Token));
            _thread.Start();
        }

        public void Until(Func<bool> holds)
        {
            var clock = Stopwatch.StartNew();
            while (!holds())
            {
                Assert.True(clock.Elapsed < s_patience, string.Join('\n', Said(_node)));
                Thread.Sleep(5);
            }
        }

        public void Dispose()
        {
            _stop.Cancel();
            _thread.Join();
            _watch.Dispose();
            _installer.Dispose();
            _stop.Dispose();
        }
    }
}
