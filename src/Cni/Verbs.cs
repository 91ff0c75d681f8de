using System.Text.Json;
using TransparentCni.Cni.Configuration;
using TransparentCni.Cni.Ipam;
using TransparentCni.Cni.Json;
using TransparentCni.Cni.Results;
using TransparentCni.Core.Configuration;
using TransparentCni.Core.Model;

namespace TransparentCni.Cni;

/// <summary>
/// The verbs that take a network configuration. Standalone is a configuration with <c>ipam</c>, chained a call with
/// <c>prevResult</c>; ADD refuses what is both or neither, so that DEL and CHECK, which get a <c>prevResult</c> either
/// way, can tell by <c>ipam</c> alone.
/// </summary>
/// <param name="service">What the verbs do to the node.</param>
/// <param name="process">Where warnings go, and the environment that an IPAM plugin gets.</param>
/// <param name="invocation">What the environment said.</param>
/// <param name="config">What standard input said.</param>
internal sealed class Verbs(
    IAttachmentService service, CniProcess process, Invocation invocation, NetworkConfig config)
{
    private const int MinIpv6Mtu = 1280;

    private AttachmentId Id => new(config.Name, invocation.ContainerId!, invocation.IfName!);

    /// <summary>Runs the verb.</summary>
    /// <returns>What goes to standard output; empty for nothing.</returns>
    /// <exception cref="CniException">The error object.</exception>
    public ReadOnlyMemory<byte> Run()
    {
        switch (invocation.Verb)
        {
            case CniVerb.Add:
                return Add();
            case CniVerb.Del:
                Del();
                return default;
            case CniVerb.Check:
                Check();
                return default;
            case CniVerb.Gc:
                Gc();
                return default;
            default:
                Status();
                return default;
        }
    }

    private ReadOnlyMemory<byte> Add()
    {
        var settings = SettingsMerger.Merge(config, invocation.Args, Warn);
        var ipam = Ipam();
        switch (ResultReader.ReadPrevious(config), ipam)
        {
            case ({ } previous, null):
                if (settings.Role is not Role.None)
                    service.Add(new AttachRequest(Id, invocation.Netns!, settings, Chained: true, previous));
                return ResultWriter.PassOn(previous, config.Version);
            case (null, { } plugin):
                return AddStandalone(settings, plugin);
            case (null, null):
                throw CniException.Config(
                    "there is neither a prevResult nor ipam: put this plugin after another one in a conflist's " +
                    "plugins, or give it an ipam section to run alone");
            default:
                throw CniException.Config(
                    "ipam is set, and there is a prevResult: after another plugin this one takes the addresses from " +
                    "there; remove ipam");
        }
    }

    // A failure, the IPAM plugin's own included, gives the address back; the error is the first one.
    private ReadOnlyMemory<byte> AddStandalone(Settings settings, IpamPlugin ipam)
    {
        var dns = DnsOfConfig();
        service.Precheck(Id, invocation.Netns!);
        try
        {
            var allocated = ipam.Add(() => service.Rehearse(Id, settings));
            RefuseSmallMtu(settings.Node.Mtu, allocated);
            var outcome = service.Add(new AttachRequest(Id, invocation.Netns!, settings, Chained: false, allocated));
            var created = outcome.Created
                ?? throw new InvalidOperationException("a standalone ADD has to create a veth pair");
            return ResultWriter.Standalone(
                allocated, created, invocation.IfName!, invocation.Netns!, dns, config.Version);
        }
        catch
        {
            Attempt(() => ipam.Call(CniVerb.Del), "giving the address back");
            throw;
        }
    }

    // The node first: an address must not be given to the next container while it is still wired to this one. What
    // is wrong with our keys or the result does not keep us from cleaning up.
    private void Del()
    {
        var previous = Attempt(() => ResultReader.ReadPrevious(config), "reading prevResult");
        var ipam = Attempt(Ipam, "reading ipam");
        service.Del(new DetachRequest(Id, invocation.Netns, NodeSettings(), previous), () => ipam?.Call(CniVerb.Del));
    }

    private void Check()
    {
        var settings = SettingsMerger.Merge(config, invocation.Args, Warn);
        var ipam = Ipam();
        var previous = ResultReader.ReadPrevious(config)
            ?? throw CniException.Config("CHECK needs the prevResult of the ADD");
        if (ipam is null && settings.Role is Role.None)
            return;
        ipam?.Call(CniVerb.Check);
        service.Check(new AttachRequest(Id, invocation.Netns!, settings, Chained: ipam is null, previous));
    }

    // Without the list of valid attachments nothing is known to be garbage; an empty one makes everything garbage.
    private void Gc()
    {
        var valid = ValidAttachments.Read(config);
        var ipam = Attempt(Ipam, "reading ipam");
        CniException? failure = null;
        if (valid is not null)
            failure = Failure(() => service.Gc(new GcRequest(config.Name, NodeSettings(), valid)));
        if (ipam is not null && Failure(() => ipam.Call(CniVerb.Gc)) is { } second)
            failure = failure is null ? second : new CniException(
                failure.Code, $"{failure.Message}; {second.Message}", failure.Details ?? second.Details, failure);
        if (failure is not null)
            throw failure;
    }

    private void Status()
    {
        var settings = SettingsMerger.Merge(config, invocation.Args, Warn);
        var ipam = Ipam();
        service.Status(new StatusRequest(config.Name, settings));
        ipam?.Call(CniVerb.Status);
    }

    private IpamPlugin? Ipam() => IpamPlugin.Of(config, invocation.Path, process.Environment);

    private NodeSettings NodeSettings() => SettingsMerger.MergeNode(config, invocation.Args, Warn);

    // An empty object says nothing, as in the reference plugins.
    private JsonElement? DnsOfConfig()
    {
        if (config["dns"] is not { } dns)
            return null;
        var shape = new JsonShape("the network configuration", CniErrorCode.InvalidConfig);
        return shape.Object(dns, "dns").IsEmpty ? null : dns;
    }

    // Linux switches IPv6 off on a link with less (RFC 8200, section 5).
    private static void RefuseSmallMtu(int? mtu, NetworkResult allocated)
    {
        if (mtu is null or >= MinIpv6Mtu)
            return;
        foreach (var address in allocated.Addresses)
            if (address.Cidr.Address.Family() == AddressFamily.IPv6)
                throw CniException.Config($"mtu: {mtu} is too small for IPv6, and the IPAM plugin gave {address.Cidr}");
    }

    private void Warn(string message) => process.Log($"warning: {message}");

    private T? Attempt<T>(Func<T?> action, string what)
        where T : class
    {
        try
        {
            return action();
        }
        catch (CniException e)
        {
            Warn($"{what}: {e.Message}");
            return null;
        }
    }

    private void Attempt(Action action, string what) => Attempt<object>(
        () =>
        {
            action();
            return null;
        },
        what);

    private static CniException? Failure(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (CniException e)
        {
            return e;
        }
    }
}
