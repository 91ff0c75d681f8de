using Microsoft.Extensions.Logging;

namespace TransparentCni.Plugin.Engine;

/// <summary>What the daemon says. Event ids are stable: programs may go by them.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "tproxyd {Version} begins: engine at {Socket}, state in {State}, ranges {Ranges}")]
    public static partial void Begins(ILogger logger, string version, string socket, string state, string ranges);

    [LoggerMessage(2, LogLevel.Information, "ends; the wiring stays as it is")]
    public static partial void Ends(ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "connected to Docker engine {Version}")]
    public static partial void Connected(ILogger logger, string? version);

    [LoggerMessage(4, LogLevel.Warning, "no connection to the Docker engine, next try in {Seconds:0.0} s: {Reason}")]
    public static partial void Disconnected(ILogger logger, double seconds, string reason);

    [LoggerMessage(5, LogLevel.Information, "reconciled {Count} containers in {Milliseconds:0} ms")]
    public static partial void Reconciled(ILogger logger, int count, double milliseconds);

    [LoggerMessage(6, LogLevel.Debug, "reconciled {Count} containers in {Milliseconds:0} ms")]
    public static partial void ReconciledAgain(ILogger logger, int count, double milliseconds);

    [LoggerMessage(7, LogLevel.Critical, "ends because of a fault of its own; the wiring stays as it is")]
    public static partial void Broken(ILogger logger, Exception exception);

    [LoggerMessage(8, LogLevel.Information, "events of the Docker engine come late, some may be lost: listing its containers")]
    public static partial void BehindEvents(ILogger logger);

    [LoggerMessage(10, LogLevel.Information, "wired {Role} {Name} ({Id}): pool {Pool}, {Addresses} by {Link}; took {Milliseconds:0.0} ms{Since}")]
    public static partial void Wired(ILogger logger, string role, string name, string id, string pool, string addresses, string link, double milliseconds, string since);

    [LoggerMessage(11, LogLevel.Information, "guarded {Name} ({Id}) before it is wired: {Addresses}; took {Milliseconds:0.0} ms")]
    public static partial void Guarded(ILogger logger, string name, string id, string addresses, double milliseconds);

    [LoggerMessage(12, LogLevel.Information, "removed everything of {Name} ({Id}); took {Milliseconds:0.0} ms")]
    public static partial void Removed(ILogger logger, string name, string id, double milliseconds);

    [LoggerMessage(13, LogLevel.Error, "refused {Name} ({Id}), what it sends is refused too: {Problem}")]
    public static partial void Refused(ILogger logger, string name, string id, string problem);

    [LoggerMessage(14, LogLevel.Error, "could not wire {Name} ({Id}), next try in {Seconds:0.0} s: {Reason}")]
    public static partial void Failed(ILogger logger, string name, string id, double seconds, string reason);

    [LoggerMessage(15, LogLevel.Debug, "{Name} ({Id}) has what it should have")]
    public static partial void Unchanged(ILogger logger, string name, string id);

    [LoggerMessage(16, LogLevel.Information, "changed the wiring of {Name} ({Id}); took {Milliseconds:0.0} ms")]
    public static partial void Rewired(ILogger logger, string name, string id, double milliseconds);

    [LoggerMessage(20, LogLevel.Warning, "put back on the node: {Line}")]
    public static partial void Repaired(ILogger logger, string line);

    [LoggerMessage(21, LogLevel.Debug, "the link of {Id} is gone or not as it was made")]
    public static partial void LinkGone(ILogger logger, string id);

    [LoggerMessage(22, LogLevel.Error, "cannot look at the node, next try in {Seconds:0.0} s: {Reason}")]
    public static partial void RepairFailed(ILogger logger, double seconds, string reason);

    [LoggerMessage(23, LogLevel.Error, "the Docker engine's packet filter: {Reason}")]
    public static partial void FilterFailed(ILogger logger, string reason);

    [LoggerMessage(30, LogLevel.Information, "guarded networks: {Names}")]
    public static partial void GuardedNetworks(ILogger logger, string names);

    [LoggerMessage(31, LogLevel.Error, "{Problem}")]
    public static partial void NetworkProblem(ILogger logger, string problem);

    [LoggerMessage(32, LogLevel.Error, "cannot keep the list of guarded networks, so that a reboot would forget it: {Reason}")]
    public static partial void GuardListFailed(ILogger logger, string reason);

    [LoggerMessage(40, LogLevel.Error, "cannot write the report for tproxyd status: {Reason}")]
    public static partial void ReportFailed(ILogger logger, string reason);

    [LoggerMessage(41, LogLevel.Warning, "the kernel has no IPv6: links get no address out of {Ranges}")]
    public static partial void NoIPv6(ILogger logger, string ranges);
}
