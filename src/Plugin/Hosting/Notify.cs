using System.Net.Sockets;
using System.Text;

namespace TransparentCni.Plugin.Hosting;

/// <summary>
/// Tells the service manager how far we are
/// (<see href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html">sd_notify(3)</see>).
/// </summary>
internal static class Notify
{
    /// <summary>Everything that must hold before others start is in place.</summary>
    public static void Ready() => Send("READY=1");

    /// <summary>It ends.</summary>
    public static void Stopping() => Send("STOPPING=1");

    private static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // An "@" stands for the null byte of an abstract address.
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            // Nobody listens.
        }
    }
}
