using System.Net;
using System.Text;
using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Tests.Health;

public sealed class HttpExchangeTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n", 200)]
    [InlineData("HTTP/1.0 404 Not Found\r\n\r\n", 404)]
    [InlineData("HTTP/1.1 204\r\n", 204)]
    [InlineData("HTTP/1.1 503 Service Unavailable", 503)]
    [InlineData("HTTP/1.1 200 ", 200)]
    [InlineData("", HttpExchange.Incomplete)]
    [InlineData("HTT", HttpExchange.Incomplete)]
    [InlineData("HTTP/1.1 20", HttpExchange.Incomplete)]
    [InlineData("HTTP/1.1 200", HttpExchange.Incomplete)]
    [InlineData("HTTP/1.1 20\r\n", HttpExchange.Malformed)]
    [InlineData("HTTP/1.1 2000 OK", HttpExchange.Malformed)]
    [InlineData("HTTP/1.1 abc OK", HttpExchange.Malformed)]
    [InlineData("HTTP/1.1 099 OK", HttpExchange.Malformed)]
    [InlineData("HTTP/1.10200 OK", HttpExchange.Malformed)]
    [InlineData("HTTP/2 200 OK\r\n", HttpExchange.Malformed)]
    [InlineData("SSH-2.0-OpenSSH", HttpExchange.Malformed)]
    [InlineData("\u0015\u0003", HttpExchange.Malformed)]
    public void The_first_line_says_the_status(string answer, int status) =>
        Assert.Equal(status, HttpExchange.Status(Encoding.Latin1.GetBytes(answer)));

    [Theory]
    [InlineData("10.0.0.1", "Host: 10.0.0.1:80\r\n")]
    [InlineData("fd00::1", "Host: [fd00::1]:80\r\n")]
    public void The_question_is_whole(string address, string host)
    {
        var request = Encoding.ASCII.GetString(HttpExchange.Request(new IPEndPoint(IPAddress.Parse(address), 80), "/a?b"));
        Assert.StartsWith("GET /a?b HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains(host, request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", request, StringComparison.Ordinal);
    }
}
