using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Bench;

/// <summary>The daemon beside a real engine with hundreds of labelled containers.</summary>
internal sealed partial class DockerBenchmark : IDisposable
{
    public const string Wired = "start to wired, ms";
    public const string Wiring = "of which the wiring itself, ms";
    public const string Burst = "start to wired while all start, ms";
    public const string Reconciled = "restart to reconciled, ms";
    public const string Lost = "datagrams lost over a restart";
    public const string Answered = "datagrams answered over a restart";
    public const string PeakStarting = "peak resident while all start, MB";
    public const string Resident = "resident afterwards, MB";
    public const string PeakRestarted = "peak resident of a restarted one, MB";
    public const string Idle = "processor time in a quiet minute, ms";

    public const string TakenFilter = "the packet filter's table";
    public const string TakenRule = "a routing rule";
    public const string TakenRoute = "the route to a client";
    public const string TakenLink = "a client's link";

    private const string Pool = "bench";
    private const int Starters = 4;
    private const int EchoPort = 4445;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Node _node = new();
    private readonly Engine _engine;
    private readonly Tproxyd _daemon;
    private DockerContainer? _talker;

    public DockerBenchmark()
    {
        _engine = new Engine(_node);
        _daemon = new Tproxyd(_node, _engine.Socket);
        _daemon.Start();
        _node.Internet.Udp(new IPEndPoint(Internet.Server(false), EchoPort));
    }

    public Samples Values { get; } = new();

    /// <summary>Everything, with so many containers present.</summary>
    public void Run(int present, int starts, int restarts)
    {
        Fill(present);
        Settle();
        Values.Add(Resident, Memory("VmRSS"));
        StartOneByOne(starts);
        Settle();
        Rest();
        TakeAway(restarts);
        Settle();
        for (var restart = 0; restart < restarts; restart++)
            Restart();
        Settle();
        Values.Add(PeakRestarted, Memory("VmHWM"));
        for (var restart = 0; restart < restarts; restart++)
            RestartUnderFlood();
    }

    public void Dispose()
    {
        _daemon.Dispose();
        _engine.Dispose();
        _node.Dispose();
    }

    private static ContainerSpec Spec(string role, string key) => new()
    {
        Labels = new Dictionary<string, string> { ["tproxy.role"] = role, [$"tproxy.{key}"] = Pool },
    };

    private void Fill(int present)
    {
        _engine.Run(Spec("proxy", "pool"));
        _talker = _engine.Run(Spec("client", "via"));
        Parallel.For(2, present, new ParallelOptions { MaxDegreeOfParallelism = Starters }, _ => _engine.Run(Spec("client", "via")));
        WaitFor(() => WiredLine().Count(_daemon.Log) >= present, $"{present} are wired");
        Values.Add(PeakStarting, Memory("VmHWM"));
        Note(_daemon.Log, Burst, null);
    }

    private void StartOneByOne(int starts)
    {
        var before = _daemon.Log.Length;
        for (var start = 0; start < starts; start++)
        {
            var length = _daemon.Log.Length;
            var container = _engine.Run(Spec("client", "via"));
            WaitFor(() => WiredLine().IsMatch(_daemon.Log[length..]), $"{container} is wired");
            container.Remove();
        }

        Note(_daemon.Log[before..], Wired, Wiring);
    }

    // As the daemon itself tells it: from the time that the engine gives the event to the wiring's being in place.
    private void Note(string log, string sinceStart, string? wiring)
    {
        foreach (Match line in WiredLine().Matches(log))
        {
            if (wiring is not null)
                Values.Add(wiring, Number(line.Groups["took"]));
            if (line.Groups["since"].Success)
                Values.Add(sinceStart, Number(line.Groups["since"]));
        }
    }

    // The look after the last change of what is registered is a complete one; it comes with the next interval.
    private void Rest()
    {
        Thread.Sleep(TimeSpan.FromMinutes(1));
        var before = ProcessorTime();
        Thread.Sleep(TimeSpan.FromMinutes(1));
        Values.Add(Idle, (ProcessorTime() - before).TotalMilliseconds);
    }

    // From before its process is started to the line that says that all is as it should be.
    private void Restart()
    {
        _daemon.Stop();
        Values.Add(Reconciled, StartAndReconcile().TotalMilliseconds);
    }

    private void RestartUnderFlood()
    {
        using var flood = Flood.Start(
            _talker!.Namespace, new IPEndPoint(Internet.Server(false), EchoPort), new IPEndPoint(_talker.OwnAddress(false), EchoPort));
        flood.WaitForAnswers(1000);
        _daemon.Stop();
        StartAndReconcile();
        flood.WaitForAnswers(1000);
        flood.End();
        Values.Add(Lost, flood.Lost + flood.Refused);
        Values.Add(Answered, flood.Answered);
    }

    private TimeSpan StartAndReconcile()
    {
        var before = ReconciledLine().Count(_daemon.Log);
        var clock = Stopwatch.StartNew();
        _daemon.Start();
        WaitFor(() => ReconciledLine().Count(_daemon.Log) > before, "the daemon has reconciled");
        return clock.Elapsed;
    }

    // After its look at everything it gives memory back.
    private static void Settle() => Thread.Sleep(TimeSpan.FromSeconds(15));

    private static void WaitFor(Func<bool> holds, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (clock.Elapsed > s_patience)
                throw new TimeoutException($"not in {s_patience.TotalSeconds} s: {what}");
            Thread.Sleep(5);
        }
    }

    // In MB, as proc_pid_status(5) has it.
    private double Memory(string key)
    {
        var line = File.ReadLines($"/proc/{_daemon.ProcessId}/status").First(line => line.StartsWith(key + ":", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    // To the nanosecond, and with the threads that have ended; /proc/PID/stat counts ticks of 10 ms.
    private TimeSpan ProcessorTime()
    {
        const int SchedulersClock = 2; // CPUCLOCK_SCHED of a whole process, in include/linux/posix-timers.h
        var clock = (~_daemon.ProcessId << 3) | SchedulersClock;
        return GetTime(clock, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1e3)
            : throw new InvalidOperationException($"process {_daemon.ProcessId} has no clock");
    }

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    private static double Number(Group text) => double.Parse(text.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"wired \w+ \S+ \([0-9a-f]+\): .*; took (?<took>[\d.]+) ms(, (?<since>[\d.]+) ms after its start)?")]
    private static partial Regex WiredLine();

    [GeneratedRegex(@"reconciled \d+ containers in \d+ ms")]
    private static partial Regex ReconciledLine();
}
