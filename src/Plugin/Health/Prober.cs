using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TransparentCni.Core.Model;

namespace TransparentCni.Plugin.Health;

/// <summary>Makes a socket, in the network namespace that the probes go out from.</summary>
internal delegate Socket SocketFactory(System.Net.Sockets.AddressFamily family, SocketType type, ProtocolType protocol);

/// <summary>Asks a proxy once whether it works.</summary>
/// <param name="open">Makes sockets; null: in the process's namespace.</param>
internal sealed class Prober(SocketFactory? open = null)
{
    /// <summary>How long an address has to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SocketFactory _open = open ?? ((family, type, protocol) => new Socket(family, type, protocol));

    /// <summary>Asks one address after the other, until one answers.</summary>
    /// <returns>Null where one did; else what became of the first, in words.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<string?> AskAsync(HealthProbe probe, IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        string? problem = null;
        foreach (var address in addresses)
        {
            if (await AskAsync(probe, address, cancellation).ConfigureAwait(false) is not { } other)
                return null;
            problem ??= other;
        }

        return problem ?? "it has no address";
    }

    private async Task<string?> AskAsync(HealthProbe probe, IPAddress address, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return probe switch
            {
                HealthProbe.Tcp tcp => await ConnectAsync(new IPEndPoint(address, tcp.Port), limit.Token).ConfigureAwait(false),
                HealthProbe.Http http => await GetAsync(new IPEndPoint(address, http.Port), http.Path, limit.Token).ConfigureAwait(false),
                _ => await IcmpEcho.AskAsync(_open, address, limit.Token).ConfigureAwait(false),
            };
        }
        catch (SocketException exception)
        {
            return $"{address}: {exception.Message}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{address}: no answer within {Patience.TotalSeconds} s");
        }
    }

    private async Task<string?> ConnectAsync(IPEndPoint to, CancellationToken cancellation)
    {
        using var socket = _open(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to, cancellation).ConfigureAwait(false);
        return null;
    }

    private async Task<string?> GetAsync(IPEndPoint to, string path, CancellationToken cancellation)
    {
        using var socket = _open(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to, cancellation).ConfigureAwait(false);
        var request = HttpExchange.Request(to, path);
        for (var sent = 0; sent < request.Length;)
            sent += await socket.SendAsync(request.AsMemory(sent), cancellation).ConfigureAwait(false);
        var answer = new byte[HttpExchange.MostOfAnswer];
        var length = 0;
        while (HttpExchange.Status(answer.AsSpan(0, length)) is HttpExchange.Incomplete && length < answer.Length)
        {
            var received = await socket.ReceiveAsync(answer.AsMemory(length), cancellation).ConfigureAwait(false);
            if (received == 0)
                break;
            length += received;
        }

        return HttpExchange.Status(answer.AsSpan(0, length)) switch
        {
            >= 200 and < 400 => null,
            > 0 and var status => string.Create(CultureInfo.InvariantCulture, $"{to}: HTTP status {status}"),
            _ => $"{to}: answered, and not in HTTP",
        };
    }
}
