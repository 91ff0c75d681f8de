using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Traffic;

/// <summary>A web server, in the clear or with TLS, that tells a visitor which address it sees.</summary>
public sealed class HttpService : IDisposable
{
    private const int LongestRequest = 16 * 1024;

    private readonly Socket _listener;

    private readonly X509Certificate2? _certificate;

    private readonly ConcurrentQueue<IPEndPoint> _visitors = [];

    private HttpService(Socket listener, X509Certificate2? certificate)
    {
        _listener = listener;
        _certificate = certificate;
        _ = AcceptAsync();
    }

    /// <summary>Who has connected, as it was seen here.</summary>
    public IReadOnlyList<IPEndPoint> Visitors => [.. _visitors];

    /// <summary>The fingerprint of its certificate; null where it speaks in the clear.</summary>
    public string? Fingerprint => _certificate?.Thumbprint;

    /// <summary>What it says to a visitor.</summary>
    public static string Greeting(IPAddress visitor) => $"you are {visitor}";

    /// <summary>Starts to listen in a namespace.</summary>
    /// <param name="place">The namespace.</param>
    /// <param name="local">Where it listens.</param>
    /// <param name="tls">Whether with TLS, under a certificate of its own making.</param>
    public static HttpService Start(NetworkNamespace place, IPEndPoint local, bool tls = false) => new(
        place.Run(() =>
        {
            var listener = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(local);
            listener.Listen(512);
            return listener;
        }),
        tls ? MakeCertificate() : null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        _certificate?.Dispose();
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=lab.example", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        try
        {
            var visitor = (IPEndPoint)connection.RemoteEndPoint!;
            _visitors.Enqueue(visitor);
            await using var stream = await OpenAsync(connection);
            if (!await ReadRequestAsync(stream))
                return;
            var body = Greeting(visitor.Address) + "\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The visitor went away, or the service was stopped.
        }
    }

    private async Task<Stream> OpenAsync(Socket connection)
    {
        Stream stream = new NetworkStream(connection, ownsSocket: true);
        if (_certificate is null)
            return stream;
        var secured = new SslStream(stream);
        await secured.AuthenticateAsServerAsync(_certificate);
        return secured;
    }

    private static async Task<bool> ReadRequestAsync(Stream stream)
    {
        var buffer = new byte[LongestRequest];
        for (var length = 0; length < buffer.Length;)
        {
            var more = await stream.ReadAsync(buffer.AsMemory(length));
            if (more == 0)
                return false;
            length += more;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
                return true;
        }

        return false;
    }
}
