using System.Globalization;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Status;

/// <summary>The report for people.</summary>
internal static class StatusTable
{
    private const string Unknown = "-";

    /// <summary>Writes it; what there is none of is left out.</summary>
    public static void Write(StatusReport report, TextWriter output)
    {
        if (report.Daemon is { } daemon)
            WriteDaemon(daemon, output);
        Section(output, ["POOL", "PROXIES", "SERVING", "CLIENTS"], report.Pools, pool =>
            [pool.Name, Number(pool.Proxies), Number(pool.Serving), Number(pool.Clients)]);
        Section(output, ["PROXY", "POOL", "MODE", "HEALTH", "SHARE", .. LinkColumns], report.Proxies, proxy =>
        [
            Name(proxy.Link), proxy.Pool, proxy.Mode, proxy.Healthy ? "healthy" : "unhealthy",
            proxy.Share.ToString("P0", CultureInfo.InvariantCulture), .. Link(proxy.Link),
        ]);
        Section(output, ["CLIENT", "POOL", "ON-FAILURE", .. LinkColumns, "OTHER NETWORKS"], report.Clients, client =>
        [
            Name(client.Link), client.Pool ?? Unknown, client.OnFailure, .. Link(client.Link),
            List(client.SideAddresses.Select(side => $"{side.Address}@{side.Bridge}")),
        ]);
        Section(output, ["WITHOUT ROLE", .. LinkColumns], report.Others, link => [Name(link), .. Link(link)]);
        Section(output, ["REFUSED", "SINCE", "WHY"], report.Refused, refused =>
        [
            Quoted.Plain(refused.Container, 80),
            refused.Since.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            Quoted.Plain(refused.Problem, 500),
        ]);
        Section(output, ["GUARDED NETWORK", "BRIDGE"], report.GuardedNetworks, network =>
            [Quoted.Plain(network.Name, 80), network.Bridge]);
        Section(output, ["PACKETS REFUSED", "BYTES", "WHY"], report.RefusedPackets.Where(refused => refused.Packets > 0).ToList(), refused =>
            [Number(refused.Packets), Bytes(refused.Bytes), Reason(refused.Reason)]);
    }

    private static string[] LinkColumns => ["STATE", "INTERFACE", "ADDRESSES", "SENT", "RECEIVED"];

    private static void WriteDaemon(DaemonStatus daemon, TextWriter output)
    {
        output.WriteLine(daemon switch
        {
            { Running: false } => "The daemon does not run: what is wired stays wired, and nothing new is.",
            { Trouble: { } trouble } => $"The daemon runs (process {daemon.Pid}), and has trouble with Docker: {Quoted.Plain(trouble, 300)}",
            { Engine: { } engine } => $"The daemon runs (process {daemon.Pid}) and follows Docker {Quoted.Plain(engine, 40)}.",
            _ => $"The daemon runs (process {daemon.Pid}) and has not reached Docker yet.",
        });
        output.WriteLine();
    }

    private static string Name(LinkStatus link) => string.Join(
        '+', (link.SharedBy ?? []).Select(sharer => sharer.Container).Prepend(link.Container ?? link.Attachment).Select(name => Quoted.Plain(name, 80)));

    private static string[] Link(LinkStatus link) =>
    [
        link.State, link.Interface, List(link.Addresses),
        Traffic(link.Traffic?.SentPackets, link.Traffic?.SentBytes),
        Traffic(link.Traffic?.ReceivedPackets, link.Traffic?.ReceivedBytes),
    ];

    private static string Traffic(ulong? packets, ulong? bytes) =>
        packets is { } some ? $"{Number(some)}/{Bytes(bytes ?? 0)}" : Unknown;

    private static string List(IEnumerable<string> items) => string.Join(',', items) is { Length: > 0 } text ? text : Unknown;

    private static string Number<T>(T number) where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Bytes(ulong bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes}B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000}kB"),
        < 10_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000}MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000_000}GB"),
    };

    private static string Reason(string reason) => reason switch
    {
        "noWay" => "no proxy to go to, or from a guarded network",
        "forged" => "source address is not the link's",
        "invalid" => "of no connection",
        _ => reason,
    };

    // Columns as wide as they need to be, the last one without padding.
    private static void Section<T>(TextWriter output, string[] header, IReadOnlyCollection<T> items, Func<T, string[]> row)
    {
        if (items.Count == 0)
            return;
        List<string[]> rows = [header, .. items.Select(row)];
        var widths = Enumerable.Range(0, header.Length).Select(column => rows.Max(cells => cells[column].Length)).ToArray();
        foreach (var cells in rows)
            output.WriteLine(string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        output.WriteLine();
    }
}
