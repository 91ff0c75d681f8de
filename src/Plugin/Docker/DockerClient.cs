using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Plugin.Docker;

/// <summary>
/// The part of Docker's <see href="https://docs.docker.com/reference/api/engine/">Engine API</see> that is needed, over
/// the engine's unix socket. It only asks; nothing of Docker's is changed. For several callers at once.
/// </summary>
internal sealed class DockerClient : IDisposable
{
    private const int LongestError = 64 << 10;

    // A thousand containers are three megabytes.
    private const long LongestAnswer = 256 << 20;

    // An inspection waits while its container is being started.
    private const int MostConnections = 64;

    private static readonly string EventFilter = Filters(
        ("type", ["container", "network"]),
        ("event", ["create", "start", "die", "destroy", "rename", "health_status", "connect", "disconnect"]));

    private readonly string _socket;
    private readonly TimeSpan _patience;
    private readonly HttpClient _http;

    // For the stream of events and what is asked now and then. It keeps no connection for later, and has no bound for them: else
    // it would look every few seconds, for as long as one is open, whether one has not been used for long.
    private readonly HttpClient _rare;
    private volatile string _prefix = "";

    /// <summary>Connects with the first request.</summary>
    /// <param name="socket">Path of the engine's socket.</param>
    /// <param name="patience">How long an answer may take; the stream of events may take for ever.</param>
    public DockerClient(string socket, TimeSpan patience)
    {
        _socket = socket;
        _patience = patience;
        _http = Connecting(socket, TimeSpan.FromSeconds(15), MostConnections);
        _rare = Connecting(socket, TimeSpan.Zero, int.MaxValue);
    }

    /// <summary>Asks for nothing but an answer.</summary>
    /// <exception cref="DockerException">There is none.</exception>
    public async Task PingAsync(CancellationToken cancellation) => (await AnswerAsync("/_ping", cancellation)).Dispose();

    /// <summary>Asks for the engine's version, and from then on speaks the newest API that both sides know.</summary>
    /// <exception cref="DockerException">It does not answer, or is too old or too new.</exception>
    public async Task<EngineVersion> NegotiateAsync(CancellationToken cancellation)
    {
        var version = await GetAsync("/version", DockerJson.Default.EngineVersion, cancellation);
        var newest = ApiVersion.Parse(version.ApiVersion);
        if (newest is not { } engine || ApiVersion.Common(engine, ApiVersion.Parse(version.MinAPIVersion)) is not { } common)
        {
            throw new DockerException(
                $"the Docker engine at {_socket} speaks API versions {Quoted.Of(version.MinAPIVersion)} to {Quoted.Of(version.ApiVersion)}, tproxyd {ApiVersion.Oldest} to {ApiVersion.Newest}: use an engine from 20.10 on");
        }

        _prefix = $"/v{common}";
        return version;
    }

    /// <summary>Every container, running or not.</summary>
    /// <param name="id">Only the one with this full id; null: all.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DockerException">It does not answer.</exception>
    public Task<List<ContainerSummary>> ListContainersAsync(string? id, CancellationToken cancellation) => ListAsync(
        $"{_prefix}/containers/json?all=1{(id is null ? "" : "&filters=" + Filters(("id", [id])))}",
        DockerJson.Default.ContainerSummary,
        cancellation);

    /// <summary>One container; null where there is none. While it is being started, the engine lets us wait.</summary>
    /// <exception cref="DockerException">It does not answer.</exception>
    public Task<ContainerDocument?> InspectContainerAsync(string id, CancellationToken cancellation) =>
        FindAsync($"{_prefix}/containers/{Uri.EscapeDataString(id)}/json", DockerJson.Default.ContainerDocument, cancellation);

    /// <summary>Every network, without its containers.</summary>
    /// <exception cref="DockerException">It does not answer.</exception>
    public Task<List<NetworkDocument>> ListNetworksAsync(CancellationToken cancellation) =>
        ListAsync($"{_prefix}/networks", DockerJson.Default.NetworkDocument, cancellation);

    /// <summary>One network with its containers, those that are being started among them; null where there is none.</summary>
    /// <exception cref="DockerException">It does not answer.</exception>
    public Task<NetworkDocument?> InspectNetworkAsync(string id, CancellationToken cancellation) =>
        FindAsync($"{_prefix}/networks/{Uri.EscapeDataString(id)}", DockerJson.Default.NetworkDocument, cancellation);

    /// <summary>
    /// What happens to containers and networks, until the engine ends it. The engine answers before it listens, so it
    /// is asked for what happened since a moment ago as well.
    /// </summary>
    /// <param name="since">From when on.</param>
    /// <param name="connected">Called when the engine has answered.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DockerException">It does not answer, or the stream broke.</exception>
    public async IAsyncEnumerable<DockerEvent> EventsAsync(
        DateTimeOffset since, Action connected, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var path = $"{_prefix}/events?since={since.ToUnixTimeSeconds()}&filters={EventFilter}";
        using var response = await AnswerAsync(path, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        connected();
        await using var events = EventReader.ReadAsync(stream, cancellation).GetAsyncEnumerator(cancellation);
        while (await Translated(path, () => events.MoveNextAsync().AsTask(), cancellation))
            yield return events.Current;
    }

    // The stream may take for ever; its beginning may not.
    private async Task<HttpResponseMessage> AnswerAsync(string path, CancellationToken cancellation)
    {
        using var hurry = Hurry(cancellation);
        try
        {
            return await AskAsync(_rare, path, hurry.Token);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(path, exception);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _http.Dispose();
        _rare.Dispose();
    }

    private static HttpClient Connecting(string socket, TimeSpan idle, int most)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellation) => ConnectAsync(socket, cancellation),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = most,
            PooledConnectionIdleTimeout = idle,
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, BaseAddress = new Uri("http://docker") };
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Filters(params (string Key, string[] Values)[] filters) => Uri.EscapeDataString(
        JsonSerializer.Serialize(filters.ToDictionary(filter => filter.Key, filter => filter.Values), DockerJson.Default.Filters));

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        await FindAsync(path, type, cancellation) ?? throw Failure(path, HttpStatusCode.NotFound, "there is no such thing", null);

    private async Task<T?> FindAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var hurry = Hurry(cancellation);
        try
        {
            using var response = await AskAsync(_http, path, hurry.Token);
            await using var body = await BodyAsync(response, hurry.Token);
            return await Translated(path, () => JsonSerializer.DeserializeAsync(body, type, hurry.Token).AsTask(), hurry.Token)
                ?? throw Failure(path, null, "it answered null", null);
        }
        catch (DockerException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return default;
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(path, exception);
        }
    }

    // Entry by entry: the text of a long answer is never in memory as a whole.
    private async Task<List<T>> ListAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var hurry = Hurry(cancellation);
        try
        {
            using var response = await AskAsync(_http, path, hurry.Token);
            await using var body = await BodyAsync(response, hurry.Token);
            return await Translated(path, () => EntriesAsync(body, type, hurry.Token), hurry.Token);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(path, exception);
        }
    }

    private static async Task<List<T>> EntriesAsync<T>(Stream body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        List<T> found = [];
        await foreach (var entry in JsonSerializer.DeserializeAsyncEnumerable(body, type, cancellation))
        {
            if (entry is not null)
                found.Add(entry);
        }

        return found;
    }

    private CancellationTokenSource Hurry(CancellationToken cancellation)
    {
        var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        hurry.CancelAfter(_patience);
        return hurry;
    }

    private static async Task<Stream> BodyAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        new BoundedStream(await response.Content.ReadAsStreamAsync(cancellation), LongestAnswer);

    private async Task<HttpResponseMessage> AskAsync(HttpClient http, string path, CancellationToken cancellation)
    {
        var response = await Translated(path, () => http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellation), cancellation);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var message = await Translated(path, () => ErrorOfAsync(response, cancellation), cancellation);
            throw Failure(path, response.StatusCode, $"it answered {(int)response.StatusCode}: {message}", null);
        }
    }

    private static async Task<string> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            await using var body = new BoundedStream(await response.Content.ReadAsStreamAsync(cancellation), LongestError);
            var error = await JsonSerializer.DeserializeAsync(body, DockerJson.Default.ErrorDocument, cancellation);
            return Quoted.Plain(error?.Message, 300);
        }
        catch (JsonException)
        {
            return response.ReasonPhrase ?? "";
        }
    }

    private async Task<T> Translated<T>(string path, Func<Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException
            or JsonException or InvalidDataException or ArgumentException or OperationCanceledException)
        {
            throw Failure(path, null, Reason(exception), exception);
        }
    }

    private static string Reason(Exception exception) => exception switch
    {
        JsonException => $"its answer is not what the API says: {Quoted.Plain(exception.Message, 200)}",
        _ when (exception as SocketException ?? exception.InnerException as SocketException) is { } refused => refused.SocketErrorCode switch
        {
            // The runtime's word for ENOENT is "Cannot assign requested address".
            SocketError.AddressNotAvailable => "there is no such socket",
            SocketError.ConnectionRefused => "nobody listens on this socket",
            SocketError.AccessDenied => "this socket may not be opened, root may",
            _ => refused.Message,
        },
        _ => exception.Message,
    };

    private DockerException TooSlow(string path, Exception inner) =>
        Failure(path, null, $"no answer within {_patience.TotalSeconds:0.#} s", inner);

    private DockerException Failure(string path, HttpStatusCode? status, string reason, Exception? inner)
    {
        var fix = status is null ? "; is the engine running, and is this its socket (option --docker)?" : "";
        return new DockerException($"GET {path} of the Docker engine at {_socket}: {reason}{fix}", status, inner);
    }
}
