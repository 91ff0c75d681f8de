using System.Net;
using System.Text;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Tests.Support;

namespace TransparentCni.Plugin.Tests.Docker;

public sealed class DockerClientTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly CancellationToken s_never = CancellationToken.None;

    private static async Task<string> Complaint(string answer, Func<DockerClient, Task> ask)
    {
        using var engine = new ScriptedEngine(_ => answer);
        using var client = new DockerClient(engine.Path, s_patience);
        var exception = await Assert.ThrowsAsync<DockerException>(() => ask(client));
        return exception.Message.Replace(engine.Path, "SOCKET", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speaks_the_engines_own_version_where_it_is_the_older_one()
    {
        List<string> paths = [];
        using var engine = new ScriptedEngine(path =>
        {
            paths.Add(path);
            return ScriptedEngine.Answer(path == "/version" ? Recorded.Text("version.json") : Recorded.Text("container-healthy.json"));
        });
        using var client = new DockerClient(engine.Path, s_patience);
        Assert.Equal("20.10.24+dfsg1", (await client.NegotiateAsync(s_never)).Version);
        await client.InspectContainerAsync("a b", s_never);
        Assert.Equal(["/version", "/v1.41/containers/a%20b/json"], paths);
    }

    [Fact]
    public async Task An_engine_that_is_too_old_is_told_so() => Assert.Equal(
        "the Docker engine at SOCKET speaks API versions \"1.12\" to \"1.40\", tproxyd 1.41 to 1.51: use an engine from 20.10 on",
        await Complaint(ScriptedEngine.Answer("""{"ApiVersion":"1.40","MinAPIVersion":"1.12"}"""), client => client.NegotiateAsync(s_never)));

    [Fact]
    public async Task Lists_and_inspections_are_read_as_a_real_engine_writes_them()
    {
        using var engine = new ScriptedEngine(path => ScriptedEngine.Answer(Recorded.Text(path switch
        {
            "/containers/json?all=1" => "containers.json",
            "/containers/web/json" => "container-two-networks.json",
            "/networks" => "networks.json",
            _ => "network-shop.json",
        })));
        using var client = new DockerClient(engine.Path, s_patience);
        var containers = await client.ListContainersAsync(null, s_never);
        Assert.All(containers, container => Assert.Equal(64, container.Id!.Length));
        Assert.Contains(containers, container => container.State == "created" && container.Labels!["tproxy.role"] == "client");

        var web = (await client.InspectContainerAsync("web", s_never))!;
        Assert.Equal(("/web", 18303, "default"), (web.Name, web.State!.Pid, web.HostConfig!.NetworkMode));
        Assert.Equal("/var/run/docker/netns/537751a75fb7", web.NetworkSettings!.SandboxKey);
        Assert.Equal(("10.18.0.3", "fd00:18::3"), (web.NetworkSettings.Networks!["shop"]!.IPv4Address, web.NetworkSettings.Networks["shop"]!.IPv6Address));

        Assert.Contains(await client.ListNetworksAsync(s_never), network => network.Name == "shop" && network.Labels!["tproxy.guard"] == "true");
        var shop = (await client.InspectNetworkAsync("shop", s_never))!;
        Assert.Contains(shop.Containers!, member => member.Key.Length == 64 && member.Value!.IPv4Address!.StartsWith("10.18.0.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_container_that_is_not_there_is_none()
    {
        using var engine = new ScriptedEngine(_ => ScriptedEngine.Answer(Recorded.Text("error-no-such-container.json"), "404 Not Found"));
        using var client = new DockerClient(engine.Path, s_patience);
        Assert.Null(await client.InspectContainerAsync("nobody", s_never));
    }

    [Theory]
    [InlineData(false, "there is no such socket")]
    [InlineData(true, "nobody listens on this socket")]
    public async Task A_socket_that_leads_to_no_engine_is_named_with_what_is_wrong_and_what_to_do(bool isThere, string problem)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("docker.sock");
        // As of an engine that was killed: the kernel refuses whatever nobody listens on.
        if (isThere)
            File.WriteAllText(path, "");
        using var client = new DockerClient(path, s_patience);
        var exception = await Assert.ThrowsAsync<DockerException>(() => client.NegotiateAsync(s_never));
        Assert.Equal(
            $"GET /version of the Docker engine at {path}: {problem}; is the engine running, and is this its socket (option --docker)?",
            exception.Message);
    }

    [Fact]
    public async Task An_error_says_what_was_asked_of_whom_and_what_it_answered()
    {
        Assert.Equal(
            "GET /networks of the Docker engine at SOCKET: it answered 500: layer does not exist",
            await Complaint(ScriptedEngine.Answer("""{"message":"layer does not exist"}""", "500 Oops"), client => client.ListNetworksAsync(s_never)));
        Assert.StartsWith(
            "GET /networks of the Docker engine at SOCKET: its answer is not what the API says:",
            await Complaint(ScriptedEngine.Answer("""{"Id": 3}"""), client => client.ListNetworksAsync(s_never)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_engine_the_socket_and_the_way_out_are_named()
    {
        using var client = new DockerClient("/nonexistent/docker.sock", s_patience);
        var exception = await Assert.ThrowsAsync<DockerException>(() => client.NegotiateAsync(s_never));
        Assert.StartsWith("GET /version of the Docker engine at /nonexistent/docker.sock: ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("; is the engine running, and is this its socket (option --docker)?", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_too_long_for_a_socket_is_an_error_like_others()
    {
        using var client = new DockerClient("/" + new string('x', 200), s_patience);
        await Assert.ThrowsAsync<DockerException>(() => client.NegotiateAsync(s_never));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{}")]
    public async Task An_engine_that_says_nothing_for_too_long_is_given_up(string beginning)
    {
        using var engine = new ScriptedEngine(async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(beginning));
            await Task.Delay(Timeout.Infinite);
        });
        using var client = new DockerClient(engine.Path, TimeSpan.FromMilliseconds(200));
        var exception = await Assert.ThrowsAsync<DockerException>(() => client.ListNetworksAsync(s_never));
        Assert.Contains("no answer within 0.2 s", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DockerException>(() => client.InspectContainerAsync("a", s_never));
    }

    [Fact]
    public async Task Who_no_longer_wants_to_wait_gets_no_error_of_the_engines()
    {
        using var engine = new ScriptedEngine((_, _) => Task.Delay(Timeout.Infinite));
        using var client = new DockerClient(engine.Path, s_patience);
        using var end = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.ListNetworksAsync(end.Token));
    }

    [Fact]
    public async Task Events_come_as_they_happen_and_the_end_of_the_stream_ends_them()
    {
        string? asked = null;
        using var engine = new ScriptedEngine(path =>
        {
            asked = Uri.UnescapeDataString(path);
            return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + Recorded.Text("events.jsonl");
        });
        using var client = new DockerClient(engine.Path, s_patience);
        var connected = 0;
        List<DockerEvent> events = [];
        await foreach (var happened in client.EventsAsync(DateTimeOffset.FromUnixTimeSeconds(77), () => connected++, s_never))
            events.Add(happened);
        Assert.Equal(1, connected);
        Assert.Equal(Recorded.Text("events.jsonl").Count(c => c == '\n'), events.Count);
        Assert.Equal(("network", "create", "shop"), (events[0].Type, events[0].Action, events[0].Actor!.Attributes!["name"]));
        Assert.StartsWith("/events?since=77&filters={\"type\":[\"container\",\"network\"],\"event\":[\"create\",", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_breaks_is_an_error()
    {
        using var engine = new ScriptedEngine(_ => "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{}\n");
        using var client = new DockerClient(engine.Path, s_patience);
        await using var events = client.EventsAsync(DateTimeOffset.UnixEpoch, () => { }, s_never).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        await Assert.ThrowsAsync<DockerException>(async () => await events.MoveNextAsync());
    }

    [Fact]
    public async Task A_refusal_of_the_stream_says_why()
    {
        using var engine = new ScriptedEngine(_ => ScriptedEngine.Answer("""{"message":"invalid filter"}""", "400 Bad Request"));
        using var client = new DockerClient(engine.Path, s_patience);
        await using var events = client.EventsAsync(DateTimeOffset.UnixEpoch, () => { }, s_never).GetAsyncEnumerator();
        var exception = await Assert.ThrowsAsync<DockerException>(async () => await events.MoveNextAsync());
        Assert.Equal(HttpStatusCode.BadRequest, exception.Status);
        Assert.Contains("invalid filter", exception.Message, StringComparison.Ordinal);
    }
}
