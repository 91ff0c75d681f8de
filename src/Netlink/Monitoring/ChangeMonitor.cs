using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Monitoring;

/// <summary>
/// Waits for changes of one network namespace's network, whoever makes them: what <c>ip monitor</c> and
/// <c>nft monitor</c> do. Not for several threads at once. See
/// <see href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</see>.
/// </summary>
public sealed class ChangeMonitor : IDisposable
{
    // So that a flood cannot keep one call busy for ever; the rest waits in the sockets.
    private const int MostDatagrams = 4096;

    private readonly List<(NetlinkListener Listener, NetlinkProtocol Protocol)> _listeners = [];
    private readonly SafeFileHandle _wake;

    private ChangeMonitor(ChangeKinds kinds)
    {
        _wake = LibC.EventDescriptor(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        try
        {
            if (_wake.IsInvalid)
                throw new NetlinkException(LibC.LastError, "make event descriptor");
            if ((kinds & ~ChangeKinds.PacketFilter) != 0)
                Listen(NetlinkProtocol.Route, RouteGroups(kinds));
            if (kinds.HasFlag(ChangeKinds.PacketFilter))
                Listen(NetlinkProtocol.Netfilter, [NfTablesConstants.NFNLGRP_NFTABLES]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens one in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel refuses: <c>CAP_NET_ADMIN</c> is needed for nf_tables.</exception>
    public static ChangeMonitor Open(ChangeKinds kinds) => new(kinds);

    /// <summary>Opens one in another network namespace; the calling thread stays where it is.</summary>
    /// <exception cref="NetlinkException">As <see cref="Open(ChangeKinds)"/>.</exception>
    public static ChangeMonitor Open(ChangeKinds kinds, NetnsHandle netns)
    {
        ArgumentNullException.ThrowIfNull(netns);
        return netns.Run(() => Open(kinds));
    }

    /// <summary>Waits until something has changed, and returns what is known by then, in the kernel's order.</summary>
    /// <param name="patience">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>
    /// Nothing where the time is over. News that does not fit into the sockets is replaced by a
    /// <see cref="KernelChange.Lost"/>, never dropped in silence.
    /// </returns>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    /// <exception cref="NetlinkException">A socket failed.</exception>
    public IReadOnlyList<KernelChange> Wait(TimeSpan patience, CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(static monitor => ((ChangeMonitor)monitor!).Wake(), this);
        var start = Stopwatch.GetTimestamp();
        List<KernelChange> changes = [];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (listener, protocol) in _listeners)
                Take(listener, protocol, changes);
            if (changes.Count > 0)
                return changes;
            var left = patience == Timeout.InfiniteTimeSpan ? patience : patience - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero && left != Timeout.InfiniteTimeSpan)
                return changes;
            Poll(left);
        }
    }

    /// <summary>Closes the sockets.</summary>
    public void Dispose()
    {
        foreach (var (listener, _) in _listeners)
            listener.Dispose();
        _wake.Dispose();
    }

    private static IEnumerable<int> RouteGroups(ChangeKinds kinds)
    {
        (ChangeKinds Kind, int Group)[] groups =
        [
            (ChangeKinds.Links, Rtnl.RTNLGRP_LINK),
            (ChangeKinds.Addresses, Rtnl.RTNLGRP_IPV4_IFADDR),
            (ChangeKinds.Addresses, Rtnl.RTNLGRP_IPV6_IFADDR),
            (ChangeKinds.Routes, Rtnl.RTNLGRP_IPV4_ROUTE),
            (ChangeKinds.Routes, Rtnl.RTNLGRP_IPV6_ROUTE),
            (ChangeKinds.Rules, Rtnl.RTNLGRP_IPV4_RULE),
            (ChangeKinds.Rules, Rtnl.RTNLGRP_IPV6_RULE),
            (ChangeKinds.NextHops, Rtnl.RTNLGRP_NEXTHOP),
            (ChangeKinds.Settings, Rtnl.RTNLGRP_IPV4_NETCONF),
            (ChangeKinds.Settings, Rtnl.RTNLGRP_IPV6_NETCONF),
        ];
        return groups.Where(group => kinds.HasFlag(group.Kind)).Select(group => group.Group);
    }

    private void Listen(NetlinkProtocol protocol, IEnumerable<int> groups) =>
        _listeners.Add((NetlinkListener.Open(protocol, groups), protocol));

    private static void Take(NetlinkListener listener, NetlinkProtocol protocol, List<KernelChange> changes)
    {
        for (var count = 0; count < MostDatagrams; count++)
        {
            var any = listener.TryReceive(out var datagram, out var lost);
            if (lost)
                changes.Add(new KernelChange.Lost());
            if (!any)
                return;
            Read(datagram, protocol, changes);
        }
    }

    private static void Read(ReadOnlySpan<byte> datagram, NetlinkProtocol protocol, List<KernelChange> changes)
    {
        try
        {
            foreach (var message in new NetlinkMessages(datagram))
            {
                var change = protocol == NetlinkProtocol.Route
                    ? ChangeParser.ReadRoute(message)
                    : ChangeParser.ReadNfTables(message);
                // A set with ten thousand elements is one piece of news.
                if (change is not null && !(change is KernelChange.OfTable && changes.Count > 0 && change == changes[^1]))
                    changes.Add(change);
            }
        }
        catch (InvalidDataException)
        {
            // What cannot be read has happened all the same.
            changes.Add(new KernelChange.Lost());
        }
    }

    private unsafe void Poll(TimeSpan time)
    {
        var descriptors = stackalloc LibC.PollDescriptor[_listeners.Count + 1];
        descriptors[0] = new LibC.PollDescriptor { fd = (int)_wake.DangerousGetHandle(), events = LibC.POLLIN };
        for (var i = 0; i < _listeners.Count; i++)
            descriptors[i + 1] = new LibC.PollDescriptor { fd = _listeners[i].Listener.Descriptor, events = LibC.POLLIN };
        var milliseconds = time == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(Math.Ceiling(time.TotalMilliseconds), int.MaxValue);
        if (LibC.Poll(descriptors, (nuint)_listeners.Count + 1, milliseconds) < 0 && LibC.LastError != Errno.EINTR)
            throw new NetlinkException(LibC.LastError, "wait for news from the kernel");
        if (descriptors[0].revents != 0)
        {
            // Taken back, so that the next wait with another token waits.
            ulong count;
            _ = LibC.Read(_wake, (byte*)&count, sizeof(ulong));
        }
    }

    private unsafe void Wake()
    {
        ulong one = 1;
        _ = LibC.Write(_wake, (byte*)&one, sizeof(ulong));
    }
}
