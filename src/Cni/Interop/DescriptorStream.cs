using System.Runtime.InteropServices;

namespace TransparentCni.Cni.Interop;

/// <summary>
/// A standard descriptor, read and written as it is: interrupted calls are repeated, and a descriptor that somebody set
/// to non-blocking is waited for. Does not own it.
/// </summary>
/// <param name="descriptor">Its number, which may turn out to be closed.</param>
internal sealed unsafe class DescriptorStream(int descriptor) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is there, at least one byte but at the end.</summary>
    /// <exception cref="IOException">read(2) failed.</exception>
    public override int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var read = Libc.Read(descriptor, start, (nuint)buffer.Length);
                if (read >= 0)
                    return (int)read;
                WaitAfterFailure(Libc.POLLIN, "read");
            }
        }
    }

    /// <summary>Writes all of it.</summary>
    /// <exception cref="IOException">write(2) failed.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (var done = 0; done < buffer.Length;)
            {
                var written = Libc.Write(descriptor, start + done, (nuint)(buffer.Length - done));
                if (written >= 0)
                    done += (int)written;
                else
                    WaitAfterFailure(Libc.POLLOUT, "write");
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private void WaitAfterFailure(short events, string operation)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno == Libc.EINTR)
            return;
        if (errno != Libc.EAGAIN)
            throw new IOException($"{operation} of descriptor {descriptor}: {Libc.Describe(errno)}");
        var poll = new Libc.PollDescriptor { Descriptor = descriptor, Events = events };
        _ = Libc.Poll(&poll, 1, -1);
    }
}
