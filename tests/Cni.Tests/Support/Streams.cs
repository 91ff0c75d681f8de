namespace TransparentCni.Cni.Tests.Support;

/// <summary>A stream whose every read and write fails.</summary>
internal sealed class BrokenStream : MemoryStream
{
    public override int Read(Span<byte> buffer) => throw new IOException("Bad file descriptor");

    public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe");
}

/// <summary>Blanks without end, which counts what is taken of it.</summary>
internal sealed class EndlessStream : MemoryStream
{
    public long Taken { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        buffer.Fill((byte)' ');
        Taken += buffer.Length;
        return buffer.Length;
    }
}

/// <summary>Gives one byte at a time.</summary>
internal sealed class DribblingStream(byte[] content) : MemoryStream(content)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
}
