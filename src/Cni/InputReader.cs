namespace TransparentCni.Cni;

/// <summary>Reads the network configuration from standard input, with bounded memory.</summary>
internal static class InputReader
{
    /// <summary>The largest configuration that is read, in bytes: with all annotations of a pod some 300 KiB.</summary>
    public const int MaxBytes = 1 << 20;

    private const int FirstRead = 8 << 10;

    /// <summary>Everything up to the end of the stream.</summary>
    /// <exception cref="CniException">5: reading failed. 7: more than <see cref="MaxBytes"/>.</exception>
    public static ReadOnlyMemory<byte> ReadAll(Stream input)
    {
        var buffer = new byte[FirstRead];
        var length = 0;
        while (true)
        {
            var read = ReadSome(input, buffer.AsSpan(length));
            if (read == 0)
                return buffer.AsMemory(0, length);
            length += read;
            if (length > MaxBytes)
                throw CniException.Config("the network configuration is larger than 1 MiB");
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(2 * length, MaxBytes + 1));
        }
    }

    private static int ReadSome(Stream input, Span<byte> space)
    {
        try
        {
            return input.Read(space);
        }
        catch (IOException e)
        {
            throw new CniException(
                CniErrorCode.IoFailure, $"the network configuration cannot be read from standard input: {e.Message}",
                null, e);
        }
    }
}
