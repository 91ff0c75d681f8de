using System.Net;
using Microsoft.Extensions.Logging;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Lab.Isolation;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests.Support;

/// <summary>
/// A node's namespace with the real dataplane in it, containers' namespaces, and what the daemon knows and has registered.
/// </summary>
internal sealed class Registry : IDataplane, ILogger, IDisposable
{
    private static readonly IReadOnlyList<IPNetwork> s_ranges = [IPNetwork.Parse("10.213.0.0/24"), IPNetwork.Parse("fd00:213::/64")];

    private readonly Dictionary<string, NetworkNamespace> _containers = [];
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _lines = [];
    private readonly NodeDataplane _dataplane;

    public Registry()
    {
        _dataplane = Node.Run(() => new NodeDataplane(new StateDirectory(_directory.Path), new NodeLayout()));
        Ledger = NewLedger();
    }

    public NetworkNamespace Node { get; } = NetworkNamespace.Create("registry-node");

    public ContainerTracker Tracker { get; } = new();

    public Ledger Ledger { get; }

    public static DaemonConfiguration Configuration { get; } = DaemonConfiguration.Default with { Ranges = s_ranges };

    /// <summary>What was logged: event id and text.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>What a daemon that is started anew would have.</summary>
    public Ledger NewLedger() => new(this, Tracker, Configuration, s_ranges);

    /// <summary>What is registered of a container.</summary>
    public Attachment? Find(string container) => _dataplane.Find(Ledger.IdOf(container));

    /// <summary>A container's namespace; it goes with this.</summary>
    public NetworkNamespace Namespace(string container) =>
        _containers.TryGetValue(container, out var place) ? place : _containers[container] = NetworkNamespace.Create($"registry-{container}");

    /// <summary>The daemon has heard of a container.</summary>
    public void Know(string id, bool isRunning = false, string role = "client", string? mode = "default") => Tracker.Put(
        new KnownContainer(id, id, role.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["tproxy.role"] = role }, mode, isRunning));

    /// <summary>Wires a container that runs.</summary>
    public async Task<Wiring> WireAsync(string id, Role role = Role.Client, Ledger? ledger = null, string pool = "web")
    {
        if (Tracker.Find(id) is null)
            Know(id, isRunning: true, role == Role.Proxy ? "proxy" : "client");
        using var netns = NetnsHandle.Open(Namespace(id).Path);
        return await (ledger ?? Ledger).WireAsync(id, new Wish.Linked(Settings.Default with { Role = role, Via = pool, Pool = pool }, []), netns);
    }

    public Task<T> Run<T>(Urgency urgency, Func<NodeDataplane, T> work)
    {
        lock (_dataplane)
        {
            try
            {
                return Task.FromResult(Node.Run(() => work(_dataplane)));
            }
            catch (Exception exception)
            {
                return Task.FromException<T>(exception);
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add($"{eventId.Id} {formatter(state, exception)}");
    }

    public void Dispose()
    {
        _dataplane.Dispose();
        foreach (var container in _containers.Values)
            container.Dispose();
        Node.Dispose();
        _directory.Dispose();
    }
}
