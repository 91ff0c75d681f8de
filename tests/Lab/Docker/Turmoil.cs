using System.Collections.Concurrent;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Lab.Docker;

/// <summary>
/// Clients that talk without a pause and their proxies start, restart and end in random order, several at once, and the
/// daemon is killed at random moments. Clients are in a guarded network: one that starts while the daemon is dead is held
/// there.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="daemon">The daemon; it runs.</param>
/// <param name="uplink">What is recorded of the uplink.</param>
/// <param name="network">The guarded network's name.</param>
public sealed class Turmoil(Engine engine, Tproxyd daemon, Capture uplink, string network)
{
    private const string Pool = "turmoil";
    private const int Workers = 3;
    private const int MostClients = 12;
    private const int MostProxies = 3;

    private readonly ConcurrentBag<DockerContainer> _clients = [];

    private readonly ConcurrentBag<DockerContainer> _proxies = [];

    private readonly ConcurrentQueue<Packet> _leaks = [];

    private int _cycles;

    /// <summary>What left by the uplink without having crossed a proxy.</summary>
    public IReadOnlyCollection<Packet> Leaks => _leaks;

    /// <summary>How many packets left by the uplink.</summary>
    public long Packets { get; private set; }

    /// <summary>How often the daemon was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>What lives.</summary>
    public IEnumerable<DockerContainer> Living => _clients.Concat(_proxies);

    /// <summary>Starts and ends so many containers.</summary>
    /// <param name="cycles">How many are to be ended.</param>
    /// <param name="seed">What the random order follows from.</param>
    /// <param name="afterwards">What is done when the daemon is left alone again, while what leaves is still watched.</param>
    public void Run(int cycles, int seed, Action? afterwards = null)
    {
        using var peace = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var killing = Task.Factory.StartNew(() => Kill(new Random(seed), peace.Token), TaskCreationOptions.LongRunning);
        var watching = Task.Factory.StartNew(() => Watch(stop.Token), TaskCreationOptions.LongRunning);
        var working = Enumerable.Range(1, Workers).Select(number => Task.Factory.StartNew(
            () => Work(new Random(seed + number), cycles), TaskCreationOptions.LongRunning)).ToArray();
        try
        {
            Task.WaitAll(working);
            peace.Cancel();
            killing.Wait();
            afterwards?.Invoke();
        }
        finally
        {
            peace.Cancel();
            stop.Cancel();
            Task.WaitAll(killing, watching);
        }
    }

    private void Work(Random random, int cycles)
    {
        while (_cycles < cycles)
        {
            switch (random.Next(10))
            {
                case 0 when _proxies.Count < MostProxies:
                    _proxies.Add(engine.Run(Spec("proxy", "pool")));
                    break;
                case 1:
                    End(_proxies);
                    break;
                case 2:
                    Restart(random);
                    break;
                case < 6:
                    End(_clients);
                    break;
                case var _ when _clients.Count < MostClients:
                    _clients.Add(engine.Run(Spec("client", "via").Talking(System.Net.IPAddress.Parse("8.8.4.4"))));
                    break;
            }
        }
    }

    private ContainerSpec Spec(string role, string key) => new()
    {
        Network = network,
        Labels = new Dictionary<string, string> { ["tproxy.role"] = role, [$"tproxy.{key}"] = Pool },
    };

    private void End(ConcurrentBag<DockerContainer> among)
    {
        if (!among.TryTake(out var container))
            return;
        container.Remove();
        Interlocked.Increment(ref _cycles);
    }

    private void Restart(Random random)
    {
        var among = random.Next(3) == 0 ? _proxies : _clients;
        if (!among.TryTake(out var container))
            return;
        container.Restart();
        among.Add(container);
    }

    private void Kill(Random random, CancellationToken stop)
    {
        while (!stop.WaitHandle.WaitOne(random.Next(50, 1500)))
        {
            daemon.Kill();
            Kills++;
            Thread.Sleep(random.Next(300));
            daemon.Start();
        }
    }

    private void Watch(CancellationToken stop)
    {
        var isOver = false;
        while (!isOver)
        {
            isOver = stop.WaitHandle.WaitOne(20);
            foreach (var packet in uplink.Take().Where(Docker.Leaks.IsOut))
            {
                Packets++;
                if (Docker.Leaks.IsLeak(packet))
                    _leaks.Enqueue(packet);
            }
        }
    }
}
