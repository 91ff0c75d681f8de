using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Docker.Tests;

/// <summary>The systemd unit: what it says is understood, and it is enough.</summary>
public sealed class ServiceUnitTests
{
    private static readonly string s_unit = Path.Combine(Repository.Root, "packaging/tproxyd.service");

    private static readonly ILookup<string, string> s_directives = File.ReadAllLines(s_unit)
        .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Split('=', 2))
        .ToLookup(words => words[0], words => words[1]);

    [Fact]
    public void Systemd_finds_nothing_wrong_with_it()
    {
        var directory = Directory.CreateTempSubdirectory("unit");
        try
        {
            // The executable is where the build has put it.
            var copy = Path.Combine(directory.FullName, "tproxyd.service");
            File.WriteAllText(copy, File.ReadAllText(s_unit).Replace("/usr/local/bin/tproxyd", Tproxyd.Executable, StringComparison.Ordinal));
            var verdict = Command.Run(new Command("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy));
            Assert.Equal((0, ""), (verdict.ExitCode, (verdict.Output + verdict.Error).Trim()));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void It_is_started_before_Docker_and_what_it_wired_outlives_it()
    {
        Assert.Contains("docker.service", s_directives["Before"]);
        Assert.Equal(["notify"], s_directives["Type"]);
        Assert.Equal(["always"], s_directives["Restart"]);
        Assert.Equal(["process"], s_directives["KillMode"]);
        Assert.Equal(["yes"], s_directives["RuntimeDirectoryPreserve"]);
        Assert.Equal(["multi-user.target"], s_directives["WantedBy"]);
        // Those that are given to it are those that it takes where nothing else is said.
        Assert.Equal(["tproxy"], s_directives["RuntimeDirectory"]);
        Assert.Equal(["tproxy"], s_directives["StateDirectory"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_no_more_than_it_allows_the_daemon_does_all_that_it_does(bool byProcess)
    {
        using var site = new Site(start: false);
        using var notified = new Notifications(Path.Combine(site.Node.Directory, "notify"));
        site.Daemon.Launcher =
        [
            .. Limits(), "env", $"NOTIFY_SOCKET={notified.Path}",
            // Where the engine's later mounts are not to be seen, containers are found by their processes.
            .. byProcess ? ["unshare", "--mount"] : Array.Empty<string>(),
        ];
        site.Engine.Stop();
        site.Daemon.Start();
        // Docker waits for this word, so it must come without Docker.
        Assert.Equal("READY=1", notified.Next());
        site.Engine.Start();

        var (network, _) = site.Network("--label", "tproxy.guard=true");
        var squid = site.Proxy(
            "web", new ContainerSpec { Image = Images.Squid }, ("mode", "redirect"), ("port", $"80={Images.SquidInterceptPort}"), ("health", "icmp"));
        squid.WaitUntilItListens(Images.SquidInterceptPort);
        var client = site.Client("web", new ContainerSpec { Network = network, More = ["--user", "65534:65534", "--cap-drop", "ALL"] });
        Visit.Web(site, client, squid, false).HasPassed(upstream: squid.OwnAddress(false));
        site.AllCross(client, squid);
        site.AllCrossBeside(client, squid, network);
        site.Node.Namespace.Run("sh", "-c", "iptables -F DOCKER-USER; iptables -F FORWARD; nft delete table inet transparent_cni");
        site.WaitUntilItCrosses(site.Client("web"), squid);
        Assert.DoesNotContain("does not work", site.Daemon.Log, StringComparison.Ordinal);
        Assert.Equal(0, site.Daemon.Stop());
        Assert.Equal("STOPPING=1", notified.Next());
    }

    // Exactly what the unit says, whatever it comes to say.
    private static string[] Limits()
    {
        var capabilities = string.Join(',', Assert.Single(s_directives["CapabilityBoundingSet"]).Split(' ').Select(name => "+" + name["CAP_".Length..].ToLowerInvariant()));
        string[] privileges = s_directives["NoNewPrivileges"].Single() == "yes" ? ["--no-new-privs"] : [];
        return ["setpriv", "--bounding-set", $"-all,{capabilities}", "--inh-caps", "-all", .. privileges];
    }

    private sealed class Notifications : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        public Notifications(string path)
        {
            Path = path;
            _socket.Bind(new UnixDomainSocketEndPoint(path));
            _socket.ReceiveTimeout = (int)TransparentCni.Lab.Traffic.Limits.Answer.TotalMilliseconds;
        }

        public string Path { get; }

        public string Next()
        {
            var buffer = new byte[256];
            return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
        }

        public void Dispose() => _socket.Dispose();
    }
}
