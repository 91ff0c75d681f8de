using System.Net.Sockets;
using System.Text;

namespace TransparentCni.Plugin.Tests.Support;

/// <summary>
/// Answers on a unix socket as an engine might that is slow, broken or hostile; what a real one says is asked of a real
/// one.
/// </summary>
internal sealed class ScriptedEngine : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tcse");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<string, Stream, Task> _answer;

    // An answer that waits for ever is held by nothing else: the collector would close its connection.
    private readonly List<Task> _answering = [];

    /// <summary>Answers a request's path by writing to its connection, which is closed afterwards.</summary>
    public ScriptedEngine(Func<string, Stream, Task> answer)
    {
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public ScriptedEngine(Func<string, string> answer)
        : this((path, stream) => stream.WriteAsync(Encoding.UTF8.GetBytes(answer(path))).AsTask())
    {
    }

    public string Path => System.IO.Path.Join(_directory.FullName, "docker.sock");

    public static string Answer(string body, string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _directory.Delete(recursive: true);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _answering.Add(ServeAsync(await _listener.AcceptAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            using var reader = new StreamReader(stream, leaveOpen: true);
            var path = (await reader.ReadLineAsync(_end.Token))!.Split(' ')[1];
            while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 })
            {
            }

            await _answer(path, stream);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
        }
    }
}
