using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace TransparentCni.Lab.Runtimes.Cri;

/// <summary>A refusal by the server.</summary>
/// <param name="method">What was called.</param>
/// <param name="status">The status (<see href="https://grpc.io/docs/guides/status-codes/"/>).</param>
/// <param name="message">What the server said.</param>
public sealed class GrpcException(string method, int status, string message)
    : Exception($"{method}: status {status}: {message}")
{
    /// <summary>The status.</summary>
    public int Status { get; } = status;
}

/// <summary>
/// Single calls of gRPC over a unix socket: HTTP/2 with prior knowledge, one message of five bytes of header each way
/// (<see href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md"/>).
/// </summary>
internal sealed class GrpcClient : IDisposable
{
    private const int HeaderLength = 5;

    private readonly HttpClient _http;

    public GrpcClient(string socket) => _http = new HttpClient(new SocketsHttpHandler
    {
        EnableMultipleHttp2Connections = true,
        ConnectCallback = async (_, stop) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Calls.</summary>
    /// <exception cref="GrpcException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It is not there, or went away.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public ProtoReader Call(string service, string method, ProtoWriter request, TimeSpan limit)
    {
        using var stop = new CancellationTokenSource(limit);
        try
        {
            return CallAsync(service, method, request, stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{method} did not end in {limit.TotalSeconds} s");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ProtoReader> CallAsync(string service, string method, ProtoWriter request, CancellationToken stop)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/{service}/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Framed(request.Bytes)),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, stop).ConfigureAwait(false);
        var body = await response.Content.ReadAsByteArrayAsync(stop).ConfigureAwait(false);
        // A refusal without a message comes with the status among the headers.
        var status = Value(response.TrailingHeaders, "grpc-status") ?? Value(response.Headers, "grpc-status") ?? "2";
        if (status != "0")
        {
            var said = Value(response.TrailingHeaders, "grpc-message") ?? Value(response.Headers, "grpc-message") ?? $"HTTP {response.StatusCode}";
            throw new GrpcException(method, int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), Uri.UnescapeDataString(said));
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1));
        return new ProtoReader(body.AsMemory(HeaderLength, length));
    }

    private static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new byte[HeaderLength + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(HeaderLength));
        return framed;
    }

    private static string? Value(HttpHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
