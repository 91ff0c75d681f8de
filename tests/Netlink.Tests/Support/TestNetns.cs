using System.Globalization;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>
/// A network namespace of a test's own, gone when it is disposed of. It has a name in <c>/run/netns</c>, so that
/// <c>ip -n NAME</c> and <c>ip netns exec NAME</c> work.
/// </summary>
public sealed class TestNetns : IDisposable
{
    private const string Directory = "/run/netns/";
    private const string Prefix = "netlink-test-";

    private static int _count;

    static TestNetns() => RemoveThoseOfTheDead();

    public TestNetns()
    {
        var number = Interlocked.Increment(ref _count);
        Name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{number}");
        Path = Directory + Name;
        Handle = Netns.Create(Path);
    }

    public string Name { get; }

    public string Path { get; }

    public NetnsHandle Handle { get; }

    /// <summary>Runs <c>ip -n NAME …</c>; arguments are separated by blanks.</summary>
    public string Ip(string arguments) => Shell.Run("ip", ["-n", Name, .. Split(arguments)]);

    /// <summary>Runs a command inside; arguments are separated by blanks.</summary>
    public string Exec(string command) => Shell.Run("ip", ["netns", "exec", Name, .. Split(command)]);

    /// <summary>Opens a socket inside.</summary>
    public NetlinkSocket Open(NetlinkProtocol protocol) => NetlinkSocket.Open(protocol, Handle);

    public void Dispose()
    {
        Handle.Dispose();
        Netns.Delete(Path);
    }

    private static string[] Split(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A test run that was killed could not remove its namespaces.</summary>
    private static void RemoveThoseOfTheDead()
    {
        if (!System.IO.Directory.Exists(Directory))
            return;
        foreach (var path in System.IO.Directory.GetFiles(Directory, Prefix + "*"))
        {
            var process = path[(Directory.Length + Prefix.Length)..].Split('-')[0];
            if (!System.IO.Directory.Exists("/proc/" + process))
                Netns.Delete(path);
        }
    }
}
