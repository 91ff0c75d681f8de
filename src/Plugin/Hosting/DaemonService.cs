using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Docker;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Watch;

namespace TransparentCni.Plugin.Hosting;

/// <summary>
/// The daemon: its parts, put together, and their life. First of all, and without the engine, what was guarded is guarded;
/// then whoever waits for us may start.
/// </summary>
internal sealed class DaemonService : BackgroundService
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DaemonConfiguration _configuration;
    private readonly ILogger _logger;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly DataplaneWorker _worker;
    private readonly Hearing _hearing = new();
    private readonly DockerClient _docker;
    private readonly NetworkCatalog _catalog;
    private readonly Ledger _ledger;
    private readonly DockerWatch _watch;
    private readonly Repairer _repairer;
    private readonly NodeWatch _nodeWatch;
    private readonly PortWatch _portWatch;
    private readonly PortHold _hold = new();
    private readonly Aftermath _aftermath;

    public DaemonService(
        DaemonConfiguration configuration,
        DataplaneWorker worker,
        IEnumerable<IWiringFollower> followers,
        IEnumerable<IEnginePacketFilter> filters,
        RepairRequests requests,
        ILoggerFactory loggers,
        IHostApplicationLifetime lifetime)
    {
        (_configuration, _worker, _lifetime) = (configuration, worker, lifetime);
        _logger = loggers.CreateLogger("tproxyd");
        var ranges = Ranges(configuration, _logger);
        var changes = new Signal();
        var tracker = new ContainerTracker();
        _docker = new DockerClient(configuration.Docker, s_patience);
        _catalog = new NetworkCatalog(_docker, worker, new GuardList(configuration.DataDirectory), _logger);
        _ledger = new Ledger(worker, tracker, configuration, ranges, _hearing);
        var converger = new Converger(_docker, tracker, _catalog, _ledger, configuration, changes, _logger);
        var guardian = new Guardian(_docker, tracker, _ledger, _hold, configuration, changes, _logger);
        _aftermath = new Aftermath(
            _ledger, tracker, changes, [.. followers], filters.FirstOrDefault(), Complete, configuration.Node.StateDir, _logger);
        _watch = new DockerWatch(
            _docker, tracker, _catalog, _ledger, converger, guardian, requests, changes, configuration.ReconcileInterval, _logger);
        _nodeWatch = new NodeWatch(OpenMonitor, requests, loggers.CreateLogger<NodeWatch>());
        _portWatch = new PortWatch(() => _catalog.Bridges, () => guardian.ExpectsClients, _hold, loggers.CreateLogger<PortWatch>());
        _repairer = new Repairer(_ledger, _watch.Enqueue, _aftermath.EnsureFilterAsync, requests, _logger);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _docker.Dispose();
        _catalog.Dispose();
        _aftermath.Dispose();
        _hold.Dispose();
        _worker.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Log.Begins(_logger, ProductVersion.Text, _configuration.Docker, _configuration.Node.StateDir, string.Join(' ', _configuration.Ranges));
        try
        {
            await RestoreAsync(stoppingToken);
            Notify.Ready();
            await await Task.WhenAny(
                _watch.RunAsync(stoppingToken),
                _repairer.RunAsync(stoppingToken),
                _aftermath.RunAsync(stoppingToken),
                _nodeWatch.RunAsync(stoppingToken),
                _portWatch.RunAsync(stoppingToken));
            stoppingToken.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Notify.Stopping();
            Log.Ends(_logger);
        }
        catch (Exception exception)
        {
            // A fault of our own: whoever watches over us starts us again, and the kernel holds the wiring meanwhile.
            Log.Broken(_logger, exception);
            Environment.ExitCode = 1;
            _lifetime.StopApplication();
        }
    }

    // The kernel is held to what is registered before anybody is asked what should be.
    private async Task RestoreAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));
        while (true)
        {
            try
            {
                await _catalog.RestoreAsync();
                await _ledger.ReloadAsync();
                foreach (var line in (await _ledger.RepairAsync()).Repaired)
                    Log.Repaired(_logger, line);
                return;
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                var pause = backoff.Next();
                Log.RepairFailed(_logger, pause.TotalSeconds, exception.Message);
                await Task.Delay(pause, cancellation);
            }
        }
    }

    // What our own dataplane does is no news.
    private NodeMonitor OpenMonitor() =>
        NodeMonitor.Open(_worker.Run(Urgency.Guard, node => node.Ports.ToList()).GetAwaiter().GetResult(), _hearing);

    private DaemonReport Complete(DaemonReport report) => report with
    {
        Pid = Environment.ProcessId,
        Engine = _watch.Engine,
        Trouble = _watch.Trouble,
        GuardedNetworks = _catalog.Guarded,
    };

    // A kernel without IPv6 gives no link an address of it.
    private static IReadOnlyList<IPNetwork> Ranges(DaemonConfiguration configuration, ILogger logger)
    {
        var six = configuration.Ranges.Where(range => range.Family() == AddressFamily.IPv6).ToList();
        if (six.Count == 0 || File.Exists("/proc/net/if_inet6"))
            return configuration.Ranges;
        Log.NoIPv6(logger, string.Join(' ', six));
        return [.. configuration.Ranges.Except(six)];
    }
}
