using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TransparentCni.Plugin.Docker;

/// <summary>
/// Reads events, one JSON object a line, as the engine's encoder writes them. An object that has another shape is passed
/// over: events are hints.
/// </summary>
internal static class EventReader
{
    /// <summary>The longest event: labels may be long, but not that long.</summary>
    public const int LongestEvent = 4 << 20;

    private const int FirstBuffer = 16 << 10;

    /// <summary>The events until the stream ends.</summary>
    /// <exception cref="InvalidDataException">An event is longer than <see cref="LongestEvent"/>.</exception>
    public static async IAsyncEnumerable<DockerEvent> ReadAsync(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var buffer = new byte[FirstBuffer];
        var filled = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
            if (read == 0)
                yield break;
            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                if (Parse(buffer.AsSpan(start, length)) is { } found)
                    yield return found;
                start += length + 1;
            }

            filled -= start;
            buffer.AsSpan(start, filled).CopyTo(buffer);
            buffer = Resized(buffer, filled);
        }
    }

    // Room for more where the rest fills it; small again where a long one has passed.
    private static byte[] Resized(byte[] buffer, int filled)
    {
        var size = filled == buffer.Length ? 2 * filled : filled < FirstBuffer ? FirstBuffer : buffer.Length;
        if (size == buffer.Length)
            return buffer;
        if (size > LongestEvent)
            throw new InvalidDataException($"an event is longer than {LongestEvent} bytes");
        var resized = new byte[size];
        buffer.AsSpan(0, filled).CopyTo(resized);
        return resized;
    }

    private static DockerEvent? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, DockerJson.Default.DockerEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
