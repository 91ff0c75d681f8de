using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TransparentCni.Netlink.Conntrack;

/// <summary>
/// The entries of one network namespace as <c>/proc/net/nf_conntrack</c> tells them, for one question only: whether an
/// address is anywhere in them. The kernel writes them without a lock (<c>ct_seq_show</c> in
/// <c>net/netfilter/nf_conntrack_standalone.c</c>): where there are few, that costs far less than a list.
/// </summary>
internal sealed class ConntrackText : IDisposable
{
    /// <summary>Up to how many entries it is worth asking: text is dear, and older kernels look for each page's begin from the start.</summary>
    public const int Few = 2048;

    private readonly SafeFileHandle _file;

    private ConntrackText(SafeFileHandle file) => _file = file;

    /// <summary>Opens it for the calling thread's network namespace.</summary>
    /// <returns>Null where the kernel was built without it, or <c>/proc</c> is not there.</returns>
    public static ConntrackText? Open()
    {
        try
        {
            return new ConntrackText(File.OpenHandle("/proc/thread-self/net/nf_conntrack"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Which of some addresses are in an entry, as its source or its destination, in either direction.</summary>
    public HashSet<InetAddress> Find(IReadOnlyCollection<InetAddress> addresses)
    {
        var texts = addresses.Distinct().ToDictionary(address => address, address => Encoding.ASCII.GetBytes($"={Text(address)} "));
        var found = new HashSet<InetAddress>();
        // What a read returns ends with an entry's end (seq_read_iter in fs/seq_file.c); one has some 300 bytes.
        var buffer = new byte[16 * 1024];
        for (long offset = 0; ;)
        {
            var read = RandomAccess.Read(_file, buffer, offset);
            if (read == 0)
                return found;
            offset += read;
            found.UnionWith(texts.Where(text => buffer.AsSpan(0, read).IndexOf(text.Value) >= 0).Select(text => text.Key));
        }
    }

    public void Dispose() => _file.Dispose();

    // %pI4, and %pI6, which shortens nothing (lib/vsprintf.c).
    private static string Text(InetAddress address)
    {
        var bytes = address.ToIPAddress().GetAddressBytes();
        return address.Family == InetFamily.IPv4
            ? string.Join('.', bytes)
            : string.Join(':', Convert.ToHexStringLower(bytes).Chunk(4).Select(group => new string(group)));
    }
}
