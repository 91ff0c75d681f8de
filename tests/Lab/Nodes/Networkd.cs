using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Nodes;

/// <summary>
/// Debian's systemd-networkd on a node, which manages one interface of its own. It sees the files of this machine but for
/// its own and <c>/run</c>, and a <c>/sys</c> that cannot be written to, as in a container: nobody is to tell it of devices.
/// </summary>
public sealed class Networkd : IDisposable
{
    /// <summary>The interface that it manages.</summary>
    public const string Interface = "managed0";

    // Arguments: the interface that it manages, its configuration.
    private const string Script = """
        set -e
        mount -t tmpfs tmpfs /run
        mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
        chown -R systemd-network /run/systemd/netif
        mount -t tmpfs tmpfs /etc/systemd
        mkdir /etc/systemd/network
        mount -t sysfs -o ro sysfs /sys
        printf '[Match]\nName=%s\n[Network]\nAddress=192.168.77.1/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "$1" >/etc/systemd/network/10-managed.network
        printf '%s' "$2" >/etc/systemd/networkd.conf
        exec env SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console /usr/lib/systemd/systemd-networkd
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Node _node;

    private readonly BackgroundProgram _program;

    /// <summary>Starts it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="configuration">The text of <c>networkd.conf</c>.</param>
    public Networkd(Node node, string configuration)
    {
        _node = node;
        _program = BackgroundProgram.Start(
            new Command("unshare", "--mount", "sh", "-c", Script, "networkd", Interface, configuration) { Namespace = node.Namespace },
            Path.Combine(node.Directory, "networkd.log"));
        _program.WaitUntil(() => _program.Log.Contains("Enumeration completed", StringComparison.Ordinal), s_patience, "it has looked at everything");
    }

    /// <summary>Has its interface come up, and waits until it has configured it: that is when it tidies up.</summary>
    public void ConfigureInterface()
    {
        _node.Namespace.Run("ip", "link", "add", Interface, "type", "veth", "peer", "name", "managed1");
        _node.Namespace.Run("ip", "link", "set", "managed1", "up");
        _program.WaitUntil(() => _program.Log.Contains($"{Interface}: State changed: configuring -> configured", StringComparison.Ordinal), s_patience, "its interface is configured");
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
