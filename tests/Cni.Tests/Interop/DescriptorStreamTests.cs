using Microsoft.Win32.SafeHandles;
using TransparentCni.Cni.Interop;

namespace TransparentCni.Cni.Tests.Interop;

public sealed unsafe class DescriptorStreamTests : IDisposable
{
    private readonly SafeFileHandle _readEnd;
    private readonly SafeFileHandle _writeEnd;
    private readonly DescriptorStream _reader;
    private readonly DescriptorStream _writer;

    public DescriptorStreamTests()
    {
        var ends = stackalloc int[2];
        Assert.Equal(0, Libc.Pipe(ends, Libc.O_CLOEXEC));
        _readEnd = new SafeFileHandle(ends[0], ownsHandle: true);
        _writeEnd = new SafeFileHandle(ends[1], ownsHandle: true);
        _reader = new DescriptorStream(ends[0]);
        _writer = new DescriptorStream(ends[1]);
    }

    [Fact]
    public void What_is_written_is_read_up_to_the_end()
    {
        _writer.Write("abc"u8);
        _writeEnd.Dispose();
        Span<byte> buffer = stackalloc byte[10];
        Assert.Equal(3, _reader.Read(buffer));
        Assert.Equal("abc"u8, buffer[..3]);
        Assert.Equal(0, _reader.Read(buffer));
    }

    [Fact]
    public void A_non_blocking_descriptor_is_waited_for_in_both_directions()
    {
        Assert.Equal(0, Libc.Control(_readEnd, Libc.F_SETFL, Libc.O_NONBLOCK));
        Assert.Equal(0, Libc.Control(_writeEnd, Libc.F_SETFL, Libc.O_NONBLOCK));
        var sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        var writer = new Thread(() =>
        {
            _writer.Write(sent);
            _writeEnd.Dispose();
        });
        writer.Start();
        Assert.Equal(sent, InputReader.ReadAll(_reader).ToArray());
        writer.Join();
    }

    [Fact]
    public void A_closed_descriptor_fails_in_words()
    {
        using var closed = new DescriptorStream(1_000_000);
        var read = Assert.Throws<IOException>(() => closed.Read(new byte[1], 0, 1));
        Assert.Equal("read of descriptor 1000000: Bad file descriptor", read.Message);
        var write = Assert.Throws<IOException>(() => closed.Write([1], 0, 1));
        Assert.Equal("write of descriptor 1000000: Bad file descriptor", write.Message);
    }

    [Fact]
    public void A_pipe_that_nobody_reads_fails_in_words()
    {
        _readEnd.Dispose();
        var error = Assert.Throws<IOException>(() => _writer.Write([1], 0, 1));
        Assert.EndsWith(": Broken pipe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_only_reads_and_writes()
    {
        Assert.False(_reader.CanSeek);
        Assert.Throws<NotSupportedException>(() => _reader.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => _reader.SetLength(0));
        Assert.Throws<NotSupportedException>(() => _reader.Length);
        Assert.Throws<NotSupportedException>(() => _reader.Position);
    }

    public void Dispose()
    {
        _readEnd.Dispose();
        _writeEnd.Dispose();
    }
}
