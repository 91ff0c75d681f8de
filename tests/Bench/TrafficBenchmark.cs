using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Bench;

/// <summary>
/// Round trips, streams and HTTP requests over each path, at each number of clients. Where there are two processors, the
/// client has one and the servers the other; the two ends of a round trip share one, so that it is the path that is
/// measured and not how long a processor takes to wake up.
/// </summary>
internal sealed partial class TrafficBenchmark : IDisposable
{
    public const string RoundTrip = "round trip, µs";
    public const string Stream = "TCP stream, Gbit/s";
    public const string KeepAlive = "HTTP requests/s, keep-alive";
    public const string Connections = "HTTP requests/s, a connection each";

    /// <summary>This plugin on a second node, which stays at one client: what the first one's figures compare with.</summary>
    public const string Alone = "this plugin, one client";

    private const ulong ClientProcessor = 1 << 0;
    private static readonly ulong s_serverProcessor = Environment.ProcessorCount > 1 ? 1ul << 1 : ClientProcessor;
    private static readonly IPAddress s_server = Internet.Server(false);
    private readonly (string Name, IPath Path)[] _paths =
        [(PluginPath.Title, new PluginPath()), (Alone, new PluginPath()), (RulePath.Title, new RulePath()), (DirectPath.Title, new DirectPath())];
    private readonly List<Process> _servers = [];

    private static readonly (string Name, Func<IPath, double> Once)[] s_measures =
    [
        (RoundTrip, Ping),
        (Stream, Pour),
        (KeepAlive, path => Ask(path, "Connection: keep-alive")),
        (Connections, path => Ask(path, "Connection: close")),
    ];

    public static IReadOnlyList<string> Measures { get; } = [.. s_measures.Select(measure => measure.Name)];

    public static IReadOnlyList<string> Paths { get; } = [PluginPath.Title, RulePath.Title, DirectPath.Title];

    public Samples Values { get; } = new();

    public TrafficBenchmark()
    {
        foreach (var (_, path) in _paths)
            Serve(path.Node);
        Thread.Sleep(500);
    }

    public static string Key(string measure, string path, int clients) => $"{measure}/{path}/{clients}";

    /// <summary>
    /// Every measure of every path, <paramref name="rounds"/> times: a measure of all paths one after the other, and the
    /// next time the other way round.
    /// </summary>
    public void Run(int clients, int rounds)
    {
        foreach (var (_, path) in _paths.Where(path => path.Name != Alone))
            path.GrowTo(clients);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (measure, once) in s_measures)
            {
                foreach (var (name, path) in round % 2 == 0 ? _paths : _paths.Reverse())
                    Values.Add(Key(measure, name, clients), once(path));
            }
        }
    }

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            server.WaitForExit();
            server.Dispose();
        }

        foreach (var (_, path) in _paths)
            path.Dispose();
    }

    // The answers come from inside the internet's namespace: an echo of datagrams, iperf3, nginx.
    private void Serve(Node node)
    {
        var inside = node.Internet.Namespace;
        inside.Run(() =>
        {
            var echo = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            echo.Bind(new IPEndPoint(s_server, 7));
            new Thread(() => Echo(echo)) { IsBackground = true }.Start();
            _servers.Add(Process.Start(new ProcessStartInfo("taskset", [$"{s_serverProcessor:x}", "iperf3", "-s", "-B", $"{s_server}"]) { RedirectStandardOutput = true })!);
            var home = System.IO.Directory.CreateDirectory(System.IO.Path.Join(node.Directory, "nginx")).FullName;
            File.WriteAllText(System.IO.Path.Join(home, "nginx.conf"), $$"""
                daemon off; worker_processes 1; pid {{home}}/pid; error_log /dev/null;
                events { worker_connections 4096; }
                http { access_log off; keepalive_requests 1000000; server { listen {{s_server}}:80; return 200 "ok"; } }
                """);
            _servers.Add(Process.Start(new ProcessStartInfo("taskset", [$"{s_serverProcessor:x}", "nginx", "-p", home, "-c", $"{home}/nginx.conf"]) { RedirectStandardError = true })!);
        });
    }

    private static void Echo(Socket socket)
    {
        Pin(ClientProcessor);
        var buffer = new byte[2048];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            var count = socket.ReceiveFrom(buffer, ref from);
            socket.SendTo(buffer.AsSpan(0, count), from);
        }
    }

    private static double Ping(IPath path) => path.Client.Run(() =>
    {
        const int Rounds = 4000;
        const int Longest = 2; // seconds
        Pin(ClientProcessor);
        var end = Stopwatch.GetTimestamp() + (Longest * Stopwatch.Frequency);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 };
        socket.Connect(s_server, 7);
        var buffer = new byte[64];
        var times = new List<double>(Rounds);
        while (times.Count < Rounds && Stopwatch.GetTimestamp() < end)
        {
            var start = Stopwatch.GetTimestamp();
            socket.Send(buffer);
            socket.Receive(buffer);
            // Not by a TimeSpan: its 0.1 µs are a hundredth of a round trip.
            times.Add((Stopwatch.GetTimestamp() - start) * 1e6 / Stopwatch.Frequency);
        }

        times.Sort();
        return times[times.Count / 2];
    });

    private static double Pour(IPath path)
    {
        var output = path.Client.Run("taskset", $"{ClientProcessor:x}", "iperf3", "-c", $"{s_server}", "-t", "1", "-J").Output;
        using var json = JsonDocument.Parse(output);
        return json.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble() / 1e9;
    }

    private static double Ask(IPath path, string header)
    {
        var output = path.Client.Run("taskset", $"{ClientProcessor:x}", "wrk", "-t1", "-c8", "-d1s", "-H", header, $"http://{s_server}/").Output;
        var line = output.Split('\n').First(text => text.StartsWith("Requests/sec:", StringComparison.Ordinal));
        return double.Parse(line["Requests/sec:".Length..], CultureInfo.InvariantCulture);
    }

    // The calling thread, which is the last that it does.
    private static void Pin(ulong processors) => _ = SetAffinity(0, sizeof(ulong), in processors);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, in ulong processors);
}
