using System.Diagnostics;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Wire;

/// <summary>Records what passes an interface.</summary>
/// <remarks>
/// No thread reads along: the kernel records a packet before it hands it on, so what a capture shows once an answer has
/// arrived is all that had passed until then, and nothing has to be waited for.
/// </remarks>
public sealed class Capture : IDisposable
{
    private readonly PacketRing _ring;

    private readonly List<Packet> _packets = [];

    private readonly Lock _lock = new();

    private Capture(string label, PacketRing ring)
    {
        Label = label;
        _ring = ring;
    }

    /// <summary>Where it listens, in a word for a person.</summary>
    public string Label { get; }

    /// <summary>What has passed so far.</summary>
    /// <exception cref="InvalidOperationException">More passed at once than can be recorded.</exception>
    public IReadOnlyList<Packet> Packets
    {
        get
        {
            lock (_lock)
            {
                Drain();
                return [.. _packets];
            }
        }
    }

    /// <summary>Starts to record.</summary>
    /// <param name="place">The namespace.</param>
    /// <param name="device">The interface; null: all of the namespace but the loopback, those to come as well.</param>
    /// <param name="label">What to call it.</param>
    public static Capture Start(NetworkNamespace place, string? device, string label) =>
        place.Run(() => new Capture(label, PacketRing.Open(device)));

    /// <summary>Waits for a packet; null where none has come in time.</summary>
    public Packet? WaitFor(Predicate<Packet> wanted, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (Packets.FirstOrDefault(packet => wanted(packet)) is { } found)
                return found;
            if (clock.Elapsed >= limit)
                return null;
            _ring.Wait(limit - clock.Elapsed);
        }
    }

    /// <summary>Makes room for more, where much passes: takes down what has passed so far.</summary>
    public void Collect()
    {
        lock (_lock)
            Drain();
    }

    /// <summary>What has passed so far; it is forgotten here.</summary>
    public IReadOnlyList<Packet> Take()
    {
        lock (_lock)
        {
            Drain();
            Packet[] taken = [.. _packets];
            _packets.Clear();
            return taken;
        }
    }

    /// <summary>Forgets what has passed so far.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Drain();
            _packets.Clear();
        }
    }

    /// <summary>Stops to record; what was recorded stays readable.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Drain();
            _ring.Dispose();
        }
    }

    private void Drain()
    {
        if (!_ring.IsClosed)
            _ring.Drain(_packets.Add);
    }
}
