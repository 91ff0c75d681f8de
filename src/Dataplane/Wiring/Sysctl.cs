using System.Text;

namespace TransparentCni.Dataplane.Wiring;

/// <summary>
/// The kernel's switches under <c>/proc/sys</c>, of the calling thread's network namespace where they belong to one
/// (<c>/proc/sys/net</c> follows the thread that opens it). Names are written with slashes.
/// </summary>
internal static class Sysctl
{
    private const string Root = "/proc/sys/";
    private const int Longest = 4096;

    /// <summary>The value without its line end.</summary>
    /// <exception cref="DataplaneException">It cannot be read.</exception>
    public static string Read(string name) => Attempt("read", name, () =>
    {
        using var file = File.OpenHandle(Root + Checked(name));
        Span<byte> buffer = stackalloc byte[Longest];
        return Encoding.ASCII.GetString(buffer[..RandomAccess.Read(file, buffer, 0)]).Trim();
    });

    /// <summary>Sets a value.</summary>
    /// <exception cref="DataplaneException">It cannot be set: <c>/proc/sys</c> may be mounted read-only.</exception>
    public static void Write(string name, string value) => Attempt("write", name, () =>
    {
        using var file = File.OpenHandle(Root + Checked(name), FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, Encoding.ASCII.GetBytes(value), 0);
        return value;
    });

    // A name is put together from constants and interfaces' names; no part of it may lead elsewhere.
    private static string Checked(string name)
    {
        foreach (var range in name.AsSpan().Split('/'))
        {
            if (name.AsSpan(range) is "" or "." or "..")
                throw new DataplaneException(Trouble.Conflict, $"sysctl {name} is no name under {Root}");
        }

        return name;
    }

    private static string Attempt(string verb, string name, Func<string> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataplaneException(
                Trouble.Kernel,
                $"{verb} sysctl {name}: {exception.Message}; {Root} must be there and writable, and the kernel must have this switch",
                exception);
        }
    }
}
