using Microsoft.Extensions.Logging;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// The engine's networks, and the guards of those that are to be guarded. What is guarded is remembered beyond a reboot, so
/// that a start before the engine's guards it before any container runs.
/// </summary>
internal sealed class NetworkCatalog(DockerClient docker, IDataplane dataplane, GuardList list, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private volatile Dictionary<string, DockerNetwork> _networks = [];
    private volatile HashSet<string> _bridges = [];
    private IReadOnlyList<NetworkReport>? _guarded;

    /// <summary>The networks as they were last listed, by their ids.</summary>
    public IReadOnlyDictionary<string, DockerNetwork> Networks => _networks;

    /// <summary>Their bridges.</summary>
    public IReadOnlySet<string> Bridges => _bridges;

    /// <summary>The guarded ones.</summary>
    public IReadOnlyList<NetworkReport> Guarded => _guarded ?? [];

    /// <summary>Guards what was guarded when it was last known, without the engine.</summary>
    /// <exception cref="Dataplane.DataplaneException">It cannot be done.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused.</exception>
    public async Task RestoreAsync()
    {
        var remembered = list.Read();
        await ApplyAsync(remembered);
        _guarded = remembered;
    }

    /// <summary>Lists the networks anew, and guards those that are to be.</summary>
    /// <exception cref="DockerException">The engine does not answer.</exception>
    /// <exception cref="Dataplane.DataplaneException">They cannot be guarded.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refused.</exception>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var documents = await docker.ListNetworksAsync(cancellation);
            var networks = documents.Select(DockerNetwork.From).OfType<DockerNetwork>().DistinctBy(network => network.Id).ToList();
            _networks = networks.ToDictionary(network => network.Id, StringComparer.Ordinal);
            _bridges = networks.Select(network => network.Bridge).OfType<string>().ToHashSet(StringComparer.Ordinal);
            foreach (var problem in networks.Select(network => network.Problem).OfType<string>().Where(_told.Add))
                Log.NetworkProblem(logger, problem);
            IReadOnlyList<NetworkReport> guarded = [.. networks
                .Where(network => network.IsGuarded)
                .OrderBy(network => network.Id, StringComparer.Ordinal)
                .Select(network => new NetworkReport(network.Id, network.Name, network.Bridge!))];
            if (_guarded is null || !_guarded.SequenceEqual(guarded))
                await ChangeAsync(guarded);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The networks by their ids, listed anew where one of those that are asked for is not among them.</summary>
    /// <exception cref="DockerException">The engine does not answer.</exception>
    public async Task<IReadOnlyDictionary<string, DockerNetwork>> FindAsync(IEnumerable<string?> ids, CancellationToken cancellation)
    {
        if (ids.Any(id => id is { Length: > 0 } && !_networks.ContainsKey(id)))
            await RefreshAsync(cancellation);
        return _networks;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task ChangeAsync(IReadOnlyList<NetworkReport> guarded)
    {
        await ApplyAsync(guarded);
        _guarded = guarded;
        Log.GuardedNetworks(logger, guarded.Count == 0 ? "none" : string.Join(", ", guarded.Select(network => $"{network.Name} ({network.Bridge})")));
        try
        {
            list.Write(guarded);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.GuardListFailed(logger, exception.Message);
        }
    }

    private Task<bool> ApplyAsync(IReadOnlyList<NetworkReport> guarded) => dataplane.Run(Urgency.Guard, node =>
    {
        node.SetGuardedInterfaces([.. guarded.Select(network => network.Bridge).Distinct()]);
        return true;
    });
}
