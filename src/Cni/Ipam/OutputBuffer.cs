using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TransparentCni.Cni.Interop;

namespace TransparentCni.Cni.Ipam;

/// <summary>What is known of the other end of a pipe.</summary>
internal enum OutputState
{
    /// <summary>More may come.</summary>
    Open,

    /// <summary>Everybody has closed it.</summary>
    Ended,

    /// <summary>More came than is taken.</summary>
    TooMuch,
}

/// <summary>Collects what comes out of a non-blocking pipe.</summary>
/// <param name="pipe">The end to read from; stays the caller's.</param>
/// <param name="max">The most that is taken, in bytes.</param>
internal sealed unsafe class OutputBuffer(SafeFileHandle pipe, int max)
{
    private const int FirstRead = 16 << 10;

    private byte[] _bytes = new byte[FirstRead];
    private int _length;

    /// <summary>The pipe's descriptor, for poll(2).</summary>
    public int Descriptor => (int)pipe.DangerousGetHandle();

    /// <summary>What came so far.</summary>
    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    /// <summary>Takes what is there, without waiting.</summary>
    /// <exception cref="IOException">read(2) failed.</exception>
    public OutputState Drain()
    {
        while (true)
        {
            if (_length == _bytes.Length)
                Array.Resize(ref _bytes, Math.Min(2 * _length, max + 1));
            nint read;
            fixed (byte* start = _bytes)
                read = Libc.Read(Descriptor, start + _length, (nuint)(_bytes.Length - _length));
            var errno = read < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (read == 0)
                return OutputState.Ended;
            if (errno == Libc.EAGAIN)
                return OutputState.Open;
            if (read < 0 && errno != Libc.EINTR)
                throw new IOException($"read: {Libc.Describe(errno)}");
            _length += (int)Math.Max(read, 0);
            if (_length > max)
                return OutputState.TooMuch;
        }
    }
}
