using System.Threading.Channels;

namespace TransparentCni.Plugin.Engine;

/// <summary>Says that there is something to do, however often it is said. One waits, anybody says it.</summary>
internal sealed class Signal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Says it.</summary>
    public void Set() => _channel.Writer.TryWrite(true);

    /// <summary>Waits until it is said.</summary>
    public async Task WaitAsync(CancellationToken cancellation) => await _channel.Reader.ReadAsync(cancellation);
}
