using System.Buffers.Binary;

namespace TransparentCni.Plugin.Install.Files;

/// <summary>The CNI executable, and its place on the node.</summary>
internal static class Executable
{
    /// <summary>Its name, which is the <c>type</c> in configurations.</summary>
    public const string Name = "tproxy";

    /// <summary>Where it comes from when nobody says: beside this program.</summary>
    public static string Beside => Path.Join(Path.GetDirectoryName(Environment.ProcessPath), Name);

    /// <summary>What is wrong with a file as this node's executable is said before anything is changed.</summary>
    /// <exception cref="InstallException">It cannot be it.</exception>
    public static void Require(string from)
    {
        try
        {
            var header = Header(from);
            if (!header.StartsWith("\x7f"u8 + "ELF"u8))
                throw new InstallException($"{from}: is no executable; build it with make build, or name it with --from");
            var (machine, own) = (Machine(header), Machine(Header("/proc/self/exe")));
            if (machine != own)
                throw new InstallException($"{from}: is for another kind of processor (ELF machine {machine}, this node has {own}); take the one for this node");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"{from}: {exception.Message}; name the executable with --from", exception);
        }
    }

    /// <summary>Whether what is in place is the same one, and can be run.</summary>
    public static bool IsInPlace(string from, string target)
    {
        try
        {
            if (new FileInfo(target) is not { Exists: true, LinkTarget: null } there || there.Length != new FileInfo(from).Length)
                return false;
            return there.UnixFileMode.HasFlag(UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)
                && HaveSameBytes(from, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Puts it in place: calls that run go on with the old one, the next ones run the new one.</summary>
    /// <exception cref="InstallException">It cannot be copied.</exception>
    public static void Put(string from, string target)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InstallException($"{target}: {exception.Message}; name the runtime's directory of plugins with --bin-dir", exception);
        }

        AtomicFile.CopyExecutable(from, target);
    }

    // e_machine, in the byte order of the machine (elf(5)); both are of the same one where they can be compared.
    private static ushort Machine(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt16LittleEndian(header[18..]);

    private static ReadOnlySpan<byte> Header(string path)
    {
        var header = new byte[20];
        using var file = File.OpenHandle(path);
        return RandomAccess.Read(file, header, 0) == header.Length ? header : new byte[20];
    }

    private static bool HaveSameBytes(string one, string other)
    {
        using var first = File.OpenHandle(one);
        using var second = File.OpenHandle(other);
        var (a, b) = (new byte[1 << 16], new byte[1 << 16]);
        for (long offset = 0; ;)
        {
            var read = RandomAccess.Read(first, a, offset);
            if (read != RandomAccess.Read(second, b, offset) || !a.AsSpan(0, read).SequenceEqual(b.AsSpan(0, read)))
                return false;
            if (read == 0)
                return true;
            offset += read;
        }
    }
}
