using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>What a visitor of an <see cref="HttpService"/> with TLS got.</summary>
/// <param name="Fingerprint">The fingerprint of the certificate that it was shown: the server's own, or somebody's between.</param>
/// <param name="Body">What it was told.</param>
public sealed record TlsVisit(string Fingerprint, string Body)
{
    /// <summary>Makes a request.</summary>
    /// <param name="place">The visitor's namespace.</param>
    /// <param name="server">The server.</param>
    /// <param name="limit">How long the whole may take.</param>
    /// <exception cref="SocketException">The connection was refused or reset.</exception>
    /// <exception cref="IOException">The connection ended early.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static TlsVisit Make(NetworkNamespace place, IPEndPoint server, TimeSpan limit)
    {
        using var socket = place.Run(() => new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var stop = new CancellationTokenSource(limit);
        return AskAsync(socket, server, stop.Token).GetAwaiter().GetResult();
    }

    private static async Task<TlsVisit> AskAsync(Socket socket, IPEndPoint server, CancellationToken stop)
    {
        await socket.ConnectAsync(server, stop);
        var fingerprint = "";
        await using var stream = new SslStream(new NetworkStream(socket), false, (_, certificate, _, _) =>
        {
            // Whose it is is the question here; the caller compares.
            fingerprint = (certificate as X509Certificate2)?.Thumbprint ?? "";
            return certificate is not null;
        });
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "lab.example" }, stop);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: lab.example\r\n\r\n"), stop);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(stop);
        return new TlsVisit(fingerprint, answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Trim());
    }
}
