using System.Net;
using System.Text;

namespace TransparentCni.Plugin.Health;

/// <summary>
/// As much of HTTP/1.1 (<see href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</see>) as one question needs: the
/// answer's first line says all.
/// </summary>
internal static class HttpExchange
{
    /// <summary>The most that is read of an answer, in bytes.</summary>
    public const int MostOfAnswer = 4096;

    /// <summary>The first line is not all there yet.</summary>
    public const int Incomplete = 0;

    /// <summary>It is no answer of HTTP.</summary>
    public const int Malformed = -1;

    private const int StatusStart = 9;

    /// <summary>A question for a path that is printable ASCII and starts with a slash.</summary>
    public static byte[] Request(IPEndPoint to, string path) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: {to}\r\nUser-Agent: tproxyd\r\nAccept: */*\r\nConnection: close\r\n\r\n");

    /// <summary>The status that an answer begins with: 100–999, <see cref="Incomplete"/> or
    /// <see cref="Malformed"/>.</summary>
    public static int Status(ReadOnlySpan<byte> answer)
    {
        // HTTP/1.1 200
        var known = Math.Min(answer.Length, "HTTP/1."u8.Length);
        if (!answer[..known].SequenceEqual("HTTP/1."u8[..known]))
            return Malformed;
        if (answer.Length < StatusStart + 4)
            return answer.Contains((byte)'\n') ? Malformed : Incomplete;
        var digits = answer.Slice(StatusStart, 3);
        return answer[StatusStart - 1] == ' '
            && digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && answer[StatusStart + 3] is (byte)' ' or (byte)'\r' or (byte)'\n'
            && digits[0] != '0'
            ? ((digits[0] - '0') * 100) + ((digits[1] - '0') * 10) + digits[2] - '0'
            : Malformed;
    }
}
