using System.Net;

namespace TransparentCni.Lab.Docker;

/// <summary>
/// What a container runs that sends without a pause, from its first moment on: datagrams from one socket that is opened at
/// once, TCP connections and echo requests, all to one server.
/// </summary>
public static class Talker
{
    /// <summary>The port that datagrams go to.</summary>
    public const int UdpPort = 4444;

    /// <summary>The port that connections go to.</summary>
    public const int TcpPort = 80;

    /// <summary>A container's specification with this for its command.</summary>
    public static ContainerSpec Talking(this ContainerSpec spec, IPAddress server) => spec with
    {
        Command =
        [
            "sh", "-c",
            $"while :; do echo x; sleep 0.01; done | nc -u {server} {UdpPort} & "
            + $"while :; do timeout 1 wget -q -O /dev/null http://{server}:{TcpPort}/; ping -c 1 -W 1 {server} >/dev/null; sleep 0.02; done",
        ],
    };
}
