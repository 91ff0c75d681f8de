using System.Net;
using System.Text.Json;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Status;

namespace TransparentCni.Plugin.Tests.Status;

/// <summary>What is told of a node with a working and a broken proxy, two clients and a refused container.</summary>
public sealed class StatusTests
{
    private static readonly string s_id = new('a', 64);

    [Fact]
    public void Programs_are_told_everything()
    {
        var json = JsonDocument.Parse(Read().ToJson()).RootElement;
        Assert.Equal(
            ["daemon", "pools", "proxies", "clients", "others", "refused", "guardedNetworks", "refusedPackets"],
            json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""{"running":true,"pid":17,"engine":"20.10.24"}""", Compact(json, "daemon"));
        Assert.Equal("""[{"name":"other","proxies":0,"serving":0,"clients":1},{"name":"web","proxies":2,"serving":1,"clients":1}]""", Compact(json, "pools"));
        Assert.Equal(
            """{"link":{"attachment":"docker/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/tproxy0","container":"squid","interface":"tpsquid","state":"wired","addresses":["10.213.0.2","fd74::2"],"traffic":{"sentPackets":10,"sentBytes":1000,"receivedPackets":20,"receivedBytes":20000},"sharedBy":[{"container":"sidecar","id":"s1"}]},"pool":"web","mode":"redirect","weight":2,"healthy":true,"share":1}""",
            Compact(json.GetProperty("proxies")[0]));
        Assert.Equal("broken", json.GetProperty("proxies")[1].GetProperty("link").GetProperty("state").GetString());
        Assert.False(json.GetProperty("proxies")[1].GetProperty("healthy").GetBoolean());
        Assert.Equal(
            """{"link":{"attachment":"docker/c1/tproxy0","interface":"tpc1","state":"guarded","addresses":[]},"pool":"other","onFailure":"closed","sideAddresses":[{"address":"172.17.0.5","bridge":"docker0"}]}""",
            Compact(json.GetProperty("clients")[1]));
        Assert.Equal("open", json.GetProperty("clients")[0].GetProperty("onFailure").GetString());
        Assert.Equal("plain/x/eth0", json.GetProperty("others")[0].GetProperty("attachment").GetString());
        Assert.Equal(
            """[{"container":"bad","id":"b1","problem":"label tproxy.via: \u0022/\u0022 is no pool\u0027s name; write a name","since":"2024-05-06T07:08:09\u002B00:00"}]""",
            Compact(json, "refused"));
        Assert.Equal("""[{"name":"secret","id":"n1","bridge":"br-1"}]""", Compact(json, "guardedNetworks"));
        Assert.Equal("""[{"reason":"noWay","packets":7,"bytes":420}]""", Compact(json, "refusedPackets"));
    }

    [Fact]
    public void People_are_told_it_in_columns()
    {
        using var output = new StringWriter();
        StatusTable.Write(Read(), output);
        var expected = """
            The daemon runs (process 17) and follows Docker 20.10.24.

            POOL   PROXIES  SERVING  CLIENTS
            other  0        0        1
            web    2        1        1

            PROXY              POOL  MODE      HEALTH     SHARE  STATE   INTERFACE  ADDRESSES           SENT     RECEIVED
            squid+sidecar      web   redirect  healthy    100 %  wired   tpsquid    10.213.0.2,fd74::2  10/1000B  20/20kB
            docker/p2/tproxy0  web   route     unhealthy  0 %    broken  tpp2       10.213.0.3          -        -

            CLIENT             POOL   ON-FAILURE  STATE    INTERFACE  ADDRESSES   SENT  RECEIVED  OTHER NETWORKS
            pods/c0/eth0       web    open        wired    tpc0       10.31.0.2   -     -         -
            docker/c1/tproxy0  other  closed      guarded  tpc1       -           -     -         172.17.0.5@docker0

            WITHOUT ROLE  STATE  INTERFACE  ADDRESSES  SENT  RECEIVED
            plain/x/eth0  wired  tpx        10.32.0.9  -     -

            GUARDED NETWORK  BRIDGE
            secret           br-1

            PACKETS REFUSED  BYTES  WHY
            7                420B   no proxy to go to, or from a guarded network
            """;
        var lines = output.ToString().Split('\n').Where(line => !line.StartsWith("REFUSED", StringComparison.Ordinal) && !line.StartsWith("bad", StringComparison.Ordinal));
        Assert.Equal(Words(expected), Words(string.Join('\n', lines)));
        Assert.Contains("bad", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("label tproxy.via: \"/\" is no pool's name; write a name", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, null, null, "The daemon does not run: what is wired stays wired, and nothing new is.")]
    [InlineData(true, null, null, "The daemon runs (process 17) and has not reached Docker yet.")]
    [InlineData(true, "20.10", "no such socket", "The daemon runs (process 17), and has trouble with Docker: no such socket")]
    public void The_daemons_state_is_said_first(bool running, string? engine, string? trouble, string line)
    {
        using var output = new StringWriter();
        var daemon = new DaemonReport { Pid = 17, Engine = engine, Trouble = trouble };
        StatusTable.Write(StatusReader.Read(Empty(), daemon, running), output);
        Assert.Equal(line, output.ToString().Trim());
    }

    // A link is up before the rest of its wiring is there, and it may stay with one that is refused.
    [Theory]
    [InlineData("stopped", true, true, "guarded")]
    [InlineData("guarded", true, true, "guarded")]
    [InlineData("wired", true, true, "wired")]
    [InlineData("wired", true, false, "broken")]
    [InlineData("guarded", true, false, "broken")]
    [InlineData("refused", true, true, "refused")]
    [InlineData("refused", true, false, "refused")]
    [InlineData("guarded", false, true, "wired")]
    [InlineData("refused", false, true, "wired")]
    public void A_daemon_that_runs_knows_when_a_container_is_wired(string standing, bool running, bool carries, string state)
    {
        var client = Attachment("docker", "c1", "tpc1", "10.213.0.2") with { Role = Role.Client, Policy = new ClientPolicy { Pool = "web" } };
        var sight = Empty() with { Attachments = [client], Links = new Dictionary<string, bool> { ["tpc1"] = carries } };
        var daemon = new DaemonReport
        {
            Containers = [new ContainerReport("c1", "client", Enum.Parse<ContainerState>(standing, ignoreCase: true), null, null, default)],
        };
        Assert.Equal(state, StatusReader.Read(sight, daemon, running).Clients.Single().Link.State);
    }

    [Fact]
    public void An_empty_node_has_nothing_to_tell()
    {
        using var output = new StringWriter();
        var report = StatusReader.Read(Empty(), null, false);
        StatusTable.Write(report, output);
        Assert.Equal("", output.ToString());
        Assert.False(JsonDocument.Parse(report.ToJson()).RootElement.TryGetProperty("daemon", out _));
    }

    [Fact]
    public void Names_from_outside_cannot_forge_lines()
    {
        using var output = new StringWriter();
        var daemon = new DaemonReport
        {
            Containers = [new ContainerReport("b1", "a\nPROXY", ContainerState.Refused, "x\r\u001b[2Jy", null, default)],
        };
        StatusTable.Write(StatusReader.Read(Empty(), daemon, true), output);
        Assert.DoesNotContain('\u001b', output.ToString());
        Assert.DoesNotContain("\nPROXY", output.ToString(), StringComparison.Ordinal);
    }

    private static StatusReport Read()
    {
        Attachment[] attachments =
        [
            Attachment("docker", s_id, "tpsquid", "10.213.0.2", "fd74::2") with
            {
                Role = Role.Proxy,
                Member = new PoolMember("web", 2, 1, 1),
                Capture = new Capture(ProxyMode.Redirect, [new ListenPort(null, 3128)]),
            },
            Attachment("docker", "p2", "tpp2", "10.213.0.3") with { Role = Role.Proxy, Member = new PoolMember("web", 1, 2, 1) { IsHealthy = false } },
            Attachment("pods", "c0", "tpc0", "10.31.0.2") with
            {
                Role = Role.Client,
                Policy = new ClientPolicy { Pool = "web", OnFailure = FailureMode.Open },
            },
            Attachment("docker", "c1", "tpc1") with
            {
                Role = Role.Client,
                Policy = new ClientPolicy { Pool = "other" },
                Side = [new SideAddress("docker0", IPAddress.Parse("172.17.0.5"))],
            },
            Attachment("plain", "x", "tpx", "10.32.0.9"),
        ];
        var sight = new NodeSight(
            attachments,
            new Dictionary<string, bool> { ["tpsquid"] = true, ["tpp2"] = false, ["tpc0"] = true, ["tpx"] = true },
            new Dictionary<AttachmentId, Traffic> { [attachments[0].Id] = new(attachments[0].Id, (10, 1000), (20, 20000)) },
            new Dictionary<int, int> { [1] = 256 },
            [new Refusals(RefusalReason.NoWay, 7, 420)]);
        return StatusReader.Read(sight, new DaemonReport
        {
            Pid = 17,
            Engine = "20.10.24",
            Containers =
            [
                new ContainerReport(s_id, "squid", ContainerState.Wired, null, null, default),
                new ContainerReport("s1", "sidecar", ContainerState.Wired, null, s_id, default),
                new ContainerReport("s2", "ended", ContainerState.Stopped, null, s_id, default),
                new ContainerReport(
                    "b1", "bad", ContainerState.Refused, "label tproxy.via: \"/\" is no pool's name; write a name", null,
                    new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero)),
            ],
            GuardedNetworks = [new NetworkReport("n1", "secret", "br-1")],
        }, isRunning: true);
    }

    private static NodeSight Empty() => new(
        [], new Dictionary<string, bool>(), new Dictionary<AttachmentId, Traffic>(), new Dictionary<int, int>(), []);

    private static Attachment Attachment(string network, string container, string device, params string[] addresses) => new()
    {
        Id = new AttachmentId(network, container, network == "docker" ? "tproxy0" : "eth0"),
        Role = Role.None,
        Link = LinkKind.Own,
        HostInterface = device,
        IngressInterface = device,
        Addresses = [.. addresses.Select(IPAddress.Parse)],
    };

    private static string Compact(JsonElement element, string member) => Compact(element.GetProperty(member));

    private static string Compact(JsonElement element)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            element.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    // How wide a column is does not matter, which words stand in which line does.
    private static string[] Words(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}
