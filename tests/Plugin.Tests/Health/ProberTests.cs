using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Core.Model;
using TransparentCni.Lab.Isolation;
using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Tests.Health;

/// <summary>Real listeners in a container's namespace, asked from the node's.</summary>
public sealed class ProberTests : IDisposable
{
    private static readonly IPAddress s_four = IPAddress.Parse("10.213.0.2");
    private static readonly IPAddress s_six = IPAddress.Parse("fd74::2");

    private readonly NetworkNamespace _node = NetworkNamespace.Create("probe-node");
    private readonly NetworkNamespace _proxy = NetworkNamespace.Create("probe-proxy");
    private readonly List<Socket> _listeners = [];
    private readonly Prober _prober;

    public ProberTests()
    {
        _prober = new Prober((family, type, protocol) => _node.Run(() => new Socket(family, type, protocol)));
        _node.Ip(
            $"link add p type veth peer name eth0 netns {_proxy.Name}",
            "link set p up",
            "address add 10.213.0.1/24 dev p",
            "address add fd74::1/64 dev p nodad");
        _proxy.Ip("link set eth0 up", $"address add {s_four}/24 dev eth0", $"address add {s_six}/64 dev eth0 nodad");
    }

    public static TheoryData<string> Addresses { get; } = [s_four.ToString(), s_six.ToString()];

    public void Dispose()
    {
        _listeners.ForEach(listener => listener.Dispose());
        _node.Dispose();
        _proxy.Dispose();
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_port_that_takes_connections_works_and_another_does_not(string address)
    {
        Listen(IPAddress.Parse(address), 3129, _ => null);
        Assert.Null(await Ask(new HealthProbe.Tcp(3129), address));
        Assert.Equal($"{address}: Connection refused", await Ask(new HealthProbe.Tcp(3130), address));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_server_is_asked_for_the_path_and_judged_by_its_status(string address)
    {
        Listen(IPAddress.Parse(address), 8080, request => request.StartsWith("GET /healthy?x=1 HTTP/1.1\r\n", StringComparison.Ordinal)
            ? "HTTP/1.1 204 No Content\r\n\r\n"
            : "HTTP/1.1 503 Service Unavailable\r\n\r\n");
        Assert.Null(await Ask(new HealthProbe.Http(8080, "/healthy?x=1"), address));
        Assert.EndsWith(": HTTP status 503", await Ask(new HealthProbe.Http(8080, "/"), address), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1")]
    [InlineData("+OK POP3 ready\r\n")]
    public async Task A_server_of_something_else_does_not_work(string answer)
    {
        Listen(s_four, 8080, _ => answer);
        Assert.EndsWith("answered, and not in HTTP", await Ask(new HealthProbe.Http(8080, "/"), s_four.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_ends_its_first_line_is_given_up()
    {
        Listen(s_four, 8080, _ => new string('x', 10 * HttpExchange.MostOfAnswer));
        Assert.NotNull(await Ask(new HealthProbe.Http(8080, "/"), s_four.ToString()));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task An_echo_is_answered_by_who_is_there(string address)
    {
        Assert.Null(await Ask(new HealthProbe.Icmp(), address));
        _proxy.Ip("link set eth0 down");
        Assert.Contains(address, await Ask(new HealthProbe.Icmp(), address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_keeps_silent_is_given_up()
    {
        _proxy.Nft("table inet silent { chain in { type filter hook input priority 0; tcp dport 3129 drop; }; }\n");
        Assert.Equal($"{s_four}: no answer within 2 s", await Ask(new HealthProbe.Tcp(3129), s_four.ToString()));
    }

    [Fact]
    public async Task A_proxy_that_listens_in_one_family_works()
    {
        Listen(s_six, 3129, _ => null);
        Assert.Null(await Ask(new HealthProbe.Tcp(3129), s_four.ToString(), s_six.ToString()));
        Assert.Equal($"{s_four}: Connection refused", await Ask(new HealthProbe.Tcp(3130), s_four.ToString(), s_six.ToString()));
        Assert.Equal("it has no address", await Ask(new HealthProbe.Tcp(3130)));
    }

    [Fact]
    public async Task Asking_can_be_ended()
    {
        using var end = new CancellationTokenSource();
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _prober.AskAsync(new HealthProbe.Tcp(3129), [s_four], end.Token));
    }

    private Task<string?> Ask(HealthProbe probe, params string[] addresses) =>
        _prober.AskAsync(probe, [.. addresses.Select(IPAddress.Parse)], CancellationToken.None);

    // Reads a request and sends what is said to it; null: only listens.
    private void Listen(IPAddress address, int port, Func<string, string?> answer)
    {
        var listener = _proxy.Run(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        _listeners.Add(listener);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptAsync();
                var request = new byte[4096];
                var length = await client.ReceiveAsync(request);
                if (answer(Encoding.ASCII.GetString(request, 0, length)) is { } text)
                    await client.SendAsync(Encoding.ASCII.GetBytes(text));
            }
        });
    }
}
