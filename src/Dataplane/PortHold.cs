using System.Diagnostics;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Filter;
using TransparentCni.Netlink;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Dataplane;

/// <summary>A port of a bridge that is held.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Bridge">Whose port it is.</param>
public sealed record HeldPort(int Index, string Name, string Bridge);

/// <summary>
/// Holds ports of bridges until it is known who is behind them: what comes from one is dropped meanwhile. It is for
/// moments: the kernel releases a port after <see cref="HoldRules.Seconds"/> by itself, and all of them with the process
/// (<c>NFT_TABLE_F_OWNER</c>, Linux 5.12). Used in the node's namespace; for several threads at once.
/// </summary>
public sealed class PortHold : IDisposable
{
    // One that the kernel is about to release must not be asked for: a refused transaction releases nobody.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(HoldRules.Seconds) - TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, (HeldPort Port, long Since)> _held = new(StringComparer.Ordinal);
    private NftSocket? _socket;
    private bool _made;

    /// <summary>Whether any port may be held. As long as it says so, <see cref="Tidy"/> is to be called now and then.</summary>
    public bool IsHolding
    {
        get
        {
            lock (_held)
                return _made;
        }
    }

    /// <summary>Holds a port.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void Hold(HeldPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        lock (_held)
        {
            Forget();
            var batch = new NftBatch();
            if (!_made)
            {
                var family = FilterCompiler.Family(HoldRules.Table);
                batch.AddTable(family, HoldRules.Table.Name, NftUserData.OfComment(Names.Comment), NftTableFlags.Owner);
                foreach (var operation in HoldRules.Create())
                    FilterCompiler.Write(batch, operation);
            }

            FilterCompiler.Write(batch, new NftOperation.AddElements(HoldRules.Table, HoldRules.Held, [HoldRules.Element(port.Name)]));
            Commit(batch);
            _made = true;
            _held[port.Name] = (port, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>
    /// Releases the ports of a bridge that have one of these hardware addresses behind them. Where one of them is behind no
    /// port, the engine tells of containers before it has given them their links, and long before they start: ports whose
    /// other ends nobody has been given yet are released too.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel refuses; the ports are released when their time is over.</exception>
    public void Release(string bridge, IReadOnlySet<MacAddress> behind)
    {
        ArgumentNullException.ThrowIfNull(behind);
        lock (_held)
        {
            Forget();
            var ports = _held.Values.Select(held => held.Port).Where(port => port.Bridge == bridge).ToList();
            Release(ports.Count > 0 ? Behind(ports, behind) : []);
        }
    }

    /// <summary>Leaves nothing on the node where the time of all ports is over.</summary>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public void Tidy() => Release("", new HashSet<MacAddress>());

    /// <summary>Releases all of them.</summary>
    public void Dispose()
    {
        lock (_held)
        {
            _socket?.Dispose();
            _socket = null;
            _made = false;
            _held.Clear();
        }
    }

    private void Release(List<HeldPort> ports)
    {
        foreach (var port in ports)
            _held.Remove(port.Name);
        if (!_made || (ports.Count == 0 && _held.Count > 0))
            return;
        var batch = new NftBatch();
        if (_held.Count == 0)
            FilterCompiler.Write(batch, new NftOperation.DeleteTable(HoldRules.Table));
        else
            FilterCompiler.Write(batch, new NftOperation.DeleteElements(HoldRules.Table, HoldRules.Held, [.. ports.Select(port => HoldRules.Element(port.Name))]));
        Commit(batch);
        _made = _held.Count > 0;
    }

    // Those that the kernel has released, or is about to.
    private void Forget()
    {
        foreach (var name in _held.Where(held => Stopwatch.GetElapsedTime(held.Value.Since) > s_longest).Select(held => held.Key).ToList())
            _held.Remove(name);
    }

    // After a failure nothing is as it is taken to be: the table goes with its socket, and the next begins anew.
    private void Commit(NftBatch batch)
    {
        try
        {
            _socket ??= NftSocket.Open();
            _socket.Commit(batch);
        }
        catch (NetlinkException)
        {
            Dispose();
            throw;
        }
    }

    // The other end of one that a container has been given is in its namespace, which has a number here.
    private static List<HeldPort> Behind(List<HeldPort> ports, IReadOnlySet<MacAddress> behind)
    {
        using var node = RouteSocket.Open();
        List<HeldPort> given = [], ungiven = [];
        foreach (var port in ports)
        {
            if (node.GetLink(port.Index) is not { PeerIndex: { } peer } link)
                continue;
            if (link.PeerNetnsId is not { } netns)
                ungiven.Add(port);
            else if (node.GetLink(peer, netns) is { Mac: { } mac } && behind.Contains(mac))
                given.Add(port);
        }

        return behind.Count > given.Count ? [.. given, .. ungiven] : given;
    }
}
