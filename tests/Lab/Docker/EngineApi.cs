using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace TransparentCni.Lab.Docker;

/// <summary>The engine's own interface, for questions that are asked often: the command-line client takes a while to start.</summary>
internal sealed class EngineApi : IDisposable
{
    private readonly HttpClient _client;

    internal EngineApi(string socket)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        _client = new HttpClient(handler) { BaseAddress = new Uri("http://docker/v1.41/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Whether the engine answers.</summary>
    internal bool IsThere()
    {
        try
        {
            using var answer = _client.GetAsync("_ping").GetAwaiter().GetResult();
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>What is at a path; null where there is nothing.</summary>
    internal JsonNode? Get(string path)
    {
        using var answer = _client.GetAsync(path).GetAwaiter().GetResult();
        if (answer.StatusCode == System.Net.HttpStatusCode.NotFound)
            return null;
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(answer.Content.ReadAsStringAsync().GetAwaiter().GetResult());
    }

    /// <summary>Has the engine do something.</summary>
    /// <returns>Its answer; null where that is empty.</returns>
    internal JsonNode? Tell(HttpMethod method, string path, JsonNode? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = _client.SendAsync(request).GetAwaiter().GetResult();
        var text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
