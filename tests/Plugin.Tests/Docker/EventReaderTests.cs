using System.Text;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Tests.Docker;

public sealed class EventReaderTests
{
    private static async Task<List<DockerEvent>> Read(Stream stream)
    {
        List<DockerEvent> events = [];
        await foreach (var happened in EventReader.ReadAsync(stream, CancellationToken.None))
            events.Add(happened);
        return events;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Events_are_whole_however_the_stream_is_cut(int piece)
    {
        var lines = Enumerable.Range(0, 300).Select(i =>
            "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" + i + "\",\"Attributes\":{\"é\":\"" + new string('x', 10 * i) + "\"}}}");
        using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"), piece);
        var events = await Read(stream);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), events.Select(happened => happened.Actor!.Id));
        Assert.Equal(2990, events[^1].Actor!.Attributes!["é"]!.Length);
    }

    [Fact]
    public async Task What_is_no_event_is_passed_over()
    {
        using var stream = new MemoryStream("\n  \n[]\n{\"Type\":3}\n{\"Type\":\"network\",\"new\":{\"a\":[1]}}\nnull\n{\"Type\":\"cut"u8.ToArray());
        Assert.Equal(["network"], (await Read(stream)).Select(happened => happened.Type));
    }

    [Fact]
    public async Task An_event_without_end_is_given_up()
    {
        using var stream = new PiecewiseStream(new byte[EventReader.LongestEvent + 1], 1 << 16);
        await Assert.ThrowsAsync<InvalidDataException>(() => Read(stream));
    }

    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
