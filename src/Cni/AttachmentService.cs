using System.Net;
using TransparentCni.Cni.Results;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;
using TransparentCni.Core.Plan;
using TransparentCni.Dataplane;
using TransparentCni.Dataplane.State;
using TransparentCni.Netlink;
using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Cni;

/// <summary>The verbs on the node's dataplane: translates what CNI says, and what the dataplane answers.</summary>
internal sealed class AttachmentService : IAttachmentService
{
    private const int MostNamed = 20;

    // Opened before an address is asked for, used and closed by Add; where it does not come to that, the process ends.
    private NetnsHandle? _netns;
    private RouteSocket? _container;
    private NodeDataplane? _node;

    /// <inheritdoc/>
    public void Precheck(AttachmentId id, string netns) => Answer(() =>
    {
        _netns = OpenNetns(netns);
        _container = NodeDataplane.Precheck(_netns, id.InterfaceName);
    });

    /// <inheritdoc/>
    public void Rehearse(AttachmentId id, Settings settings)
    {
        try
        {
            _node = Open(settings.Node);
            _node.Rehearse(ToRequest(id, settings, _netns!, [new ContainerAddress(IPAddress.Any, 32, null)], new StandaloneLink([], settings.Node.Mtu)));
        }
        catch (Exception exception) when (exception is DataplaneException or NetlinkException)
        {
            // Add will say so.
        }
    }

    /// <inheritdoc/>
    public AddOutcome Add(AttachRequest request) => Answer(() =>
    {
        using var netns = _netns ?? OpenNetns(request.Netns);
        using var node = _node ?? Open(request.Settings.Node);
        using var container = _container;
        var attached = node.Attach(ToRequest(
            request.Id,
            request.Settings,
            netns,
            Addresses(request),
            request.Chained ? null : new StandaloneLink(Routes(request.Result), request.Settings.Node.Mtu)));
        return new AddOutcome(request.Chained
            ? null
            : new VethPair(attached.HostInterface, attached.HostMac, attached.ContainerMac, attached.Mtu));
    });

    /// <inheritdoc/>
    public void Del(DetachRequest request, Action unreachable) => Answer(() =>
    {
        using var netns = TryOpenNetns(request.Netns);
        using var node = Open(request.Node);
        node.Detach(request.Id, unreachable, netns);
    });

    /// <inheritdoc/>
    public void Check(AttachRequest request) => Answer(() =>
    {
        using var netns = OpenNetns(request.Netns);
        using var node = Open(request.Settings.Node);
        var missing = node.Check(request.Id, netns, Addresses(request), request.Chained ? [] : Routes(request.Result));
        if (missing.Count == 0)
            return;
        var more = missing.Count > MostNamed ? $"; and {missing.Count - MostNamed} more" : "";
        throw new CniException(
            CniErrorCode.WiringDamaged,
            $"the wiring of {request.Id} is damaged, missing: {string.Join("; ", missing.Take(MostNamed))}{more}",
            "DEL and ADD it again");
    });

    /// <inheritdoc/>
    public void Gc(GcRequest request) => Answer(() =>
    {
        using var node = Open(request.Node);
        var errors = node.Collect(request.Network, request.Valid);
        if (errors.Count > 0)
        {
            throw new CniException(
                CniErrorCode.WiringDamaged,
                $"garbage of network {request.Network} is left: {string.Join("; ", errors.Take(MostNamed).Select(error => $"{error.Attachment}: {error.Error.Message}"))}");
        }
    });

    /// <inheritdoc/>
    public void Status(StatusRequest request)
    {
        try
        {
            using var node = Open(request.Settings.Node);
            var settings = request.Settings;
            node.Probe(settings.Mode == ProxyMode.Route ? null : new Capture(settings.Mode, settings.Listen));
        }
        catch (Exception exception) when (exception is DataplaneException or NetlinkException)
        {
            throw new CniException(CniErrorCode.NotAvailable, $"this node cannot wire attachments: {exception.Message}", null, exception);
        }
    }

    private static NodeDataplane Open(NodeSettings node) => new(new StateDirectory(node.StateDir), new NodeLayout
    {
        MarkMask = node.MarkMask,
        TableBase = node.TableBase,
        RulePriority = node.RulePriority,
        ZoneBase = node.ZoneBase,
    });

    private static NetnsHandle OpenNetns(string path)
    {
        try
        {
            return NetnsHandle.Open(path);
        }
        catch (NetnsException exception)
        {
            throw new CniException(CniErrorCode.InvalidNetns, $"CNI_NETNS: {exception.Message}", null, exception);
        }
    }

    // It may be gone, and whatever is at its path by now.
    private static NetnsHandle? TryOpenNetns(string? path)
    {
        try
        {
            return path is null ? null : NetnsHandle.Open(path);
        }
        catch (NetnsException)
        {
            return null;
        }
    }

    private Dataplane.AttachRequest ToRequest(
        AttachmentId id, Settings settings, NetnsHandle netns, IReadOnlyList<ContainerAddress> addresses, StandaloneLink? standalone) => new()
        {
            Id = id,
            Netns = netns,
            Container = _container,
            Role = settings.Role,
            Addresses = addresses,
            Standalone = standalone,
            Policy = settings.Role == Role.Client ? Policy(settings) : null,
            Pool = settings.Role == Role.Proxy ? settings.Pool : null,
            Weight = settings.Weight,
            Capture = settings.Capture,
            Masquerade = settings.Node.Masquerade ? new MasqueradePolicy(settings.Node.Uplinks ?? [], DirectToo: standalone is not null) : null,
        };

    private static ClientPolicy Policy(Settings settings) => new()
    {
        Pool = settings.Via,
        Ports = settings.Ports,
        Exclude = settings.Exclude,
        Direction = settings.Direction,
        OnFailure = settings.OnFailure,
    };

    private static List<ContainerAddress> Addresses(AttachRequest request)
    {
        var addresses = request.Chained ? request.Result.AddressesOf(request.Id.InterfaceName) : request.Result.Addresses;
        List<ContainerAddress> found = [.. addresses.Select(address =>
            new ContainerAddress(address.Cidr.Address, (byte)address.Cidr.PrefixLength, request.Chained ? null : address.Gateway))];
        return found.Count > 0
            ? found
            : throw CniException.Config($"prevResult: it has no address for {request.Id.InterfaceName}; a {request.Settings.Role} needs one");
    }

    // What the IPAM plugin says; where it says nothing, everything, since an interface that leads nowhere helps nobody.
    private static List<ContainerRoute> Routes(NetworkResult result) => result.Routes.Count > 0
        ? [.. result.Routes.Select(route => new ContainerRoute(route.Destination, route.Gateway))]
        : [.. result.Addresses.Select(address => address.Cidr.Address.Family()).Distinct().Select(family => new ContainerRoute(WiringPlan.Default(family), null))];

    private static void Answer(Action action) => Answer<object?>(() =>
    {
        action();
        return null;
    });

    private static T Answer<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (DataplaneException exception)
        {
            throw new CniException(Code(exception.Trouble), exception.Message, null, exception);
        }
        catch (NetlinkException exception)
        {
            throw new CniException(CniErrorCode.KernelRefused, exception.Message, null, exception);
        }
        catch (NetnsException exception)
        {
            throw new CniException(CniErrorCode.InvalidNetns, exception.Message, null, exception);
        }
    }

    private static CniErrorCode Code(Trouble trouble) => trouble switch
    {
        Trouble.BadNamespace => CniErrorCode.InvalidNetns,
        Trouble.State => CniErrorCode.IoFailure,
        Trouble.Busy => CniErrorCode.TryAgainLater,
        Trouble.Conflict => CniErrorCode.Conflict,
        Trouble.Missing => CniErrorCode.InterfaceMissing,
        _ => CniErrorCode.KernelRefused,
    };
}
