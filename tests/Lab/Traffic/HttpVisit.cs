using System.Net;
using System.Net.Sockets;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>What a visitor of a web server got.</summary>
/// <param name="Local">The visitor's own end.</param>
/// <param name="Status">The status.</param>
/// <param name="Body">What it was told.</param>
public sealed record HttpVisit(IPEndPoint Local, int Status, string Body)
{
    /// <summary>Makes a request.</summary>
    /// <param name="place">The visitor's namespace.</param>
    /// <param name="server">The server.</param>
    /// <param name="limit">How long the whole may take.</param>
    /// <param name="path">What is asked for.</param>
    /// <exception cref="SocketException">The connection was refused or reset.</exception>
    /// <exception cref="IOException">There was no answer, or it ended early.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static HttpVisit Make(NetworkNamespace place, IPEndPoint server, TimeSpan limit, string path = "/")
    {
        using var socket = place.Run(() => new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var stop = new CancellationTokenSource(limit);
        return AskAsync(socket, server, path, stop.Token).GetAwaiter().GetResult();
    }

    private static async Task<HttpVisit> AskAsync(Socket socket, IPEndPoint server, string path, CancellationToken stop)
    {
        await socket.ConnectAsync(server, stop);
        var host = server.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{server.Address}]" : $"{server.Address}";
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), stop);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(stop);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || !int.TryParse(answer.Split(' ', 3).ElementAtOrDefault(1), out var status))
            throw new IOException($"no answer of a web server: {answer}");
        return new HttpVisit((IPEndPoint)socket.LocalEndPoint!, status, answer[(end + 4)..].Trim());
    }
}
