using System.Globalization;
using Microsoft.Extensions.Logging;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Docker;

namespace TransparentCni.Plugin.Engine;

/// <summary>Makes of one container what it should be, by what the engine says of it now.</summary>
internal sealed class Converger(
    DockerClient docker,
    ContainerTracker tracker,
    NetworkCatalog catalog,
    Ledger ledger,
    DaemonConfiguration configuration,
    Signal changes,
    ILogger logger)
{
    /// <summary>Brings a container to what it should be; what it throws is worth another try.</summary>
    /// <param name="id">Full id.</param>
    /// <param name="queue">Takes what has to be brought to what it should be besides, or later.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task ConvergeAsync(string id, ConvergenceQueue queue, CancellationToken cancellation)
    {
        var known = tracker.Find(id);
        var isIdle = known is { IsRunning: false } && await ledger.FindAsync(id) is { IsRegistered: false };
        if ((isIdle || known is { NetworkMode: null }) && !await LearnAsync(id, cancellation))
        {
            await ForgetAsync(id, queue);
            return;
        }

        if (isIdle && tracker.Find(id) is { SharedWith: null, IsRunning: false } idle)
        {
            // An inspection would wait for the end of a start that may be under way.
            Stands(idle, new Standing(ContainerState.Stopped, VerdictOf(idle).Problem));
            return;
        }

        if (tracker.OwnerOf(id) is var owner && owner != id)
        {
            // Its namespace is somebody else's: that one is brought to what it should be.
            queue.Enqueue(owner);
            if (await docker.InspectContainerAsync(id, cancellation) is { } sharer)
            {
                Note(sharer);
                changes.Set();
            }
            else
                await ForgetAsync(id, queue);
            return;
        }

        // While it is being started, the engine answers when that is done.
        if (await docker.InspectContainerAsync(id, cancellation) is not { } document || KnownContainer.From(document) is not { } container)
        {
            await ForgetAsync(id, queue);
            return;
        }

        if (container.SharedWith is not null || !tracker.Put(container))
        {
            await RemoveAsync(container.Name, id, container.IsRunning);
            return;
        }

        Note(document);
        await ConvergeAsync(container, document, queue, cancellation);
    }

    private async Task ConvergeAsync(
        KnownContainer container, ContainerDocument document, ConvergenceQueue queue, CancellationToken cancellation)
    {
        var verdict = VerdictOf(container);
        if (!container.IsRunning)
        {
            if (await RemoveAsync(container.Name, container.Id))
                queue.EnqueueLater(container.Id, Ledger.StartPatience);
            else
                Stands(container, new Standing(ContainerState.Stopped, verdict.Problem));
            return;
        }

        var networks = await catalog.FindAsync(document.NetworkSettings?.Networks?.Values.Select(endpoint => endpoint?.NetworkId) ?? [], cancellation);
        switch (Wish.Of(document, verdict, networks, configuration.Ranges))
        {
            case Wish.Nothing:
                await RemoveAsync(container.Name, container.Id, goesOn: true);
                break;
            case Wish.Refused refused:
                await ledger.RefuseAsync(container.Id, refused.Side);
                if (Stands(container, new Standing(ContainerState.Refused, refused.Problem)))
                    Log.Refused(logger, container.Name, Short(container.Id), refused.Problem);
                break;
            case Wish.Linked linked:
                await WireAsync(container, document, linked, queue, cancellation);
                break;
        }
    }

    private async Task WireAsync(
        KnownContainer container, ContainerDocument document, Wish.Linked wish, ConvergenceQueue queue, CancellationToken cancellation)
    {
        using var netns = await OpenAsync(document, cancellation);
        if (netns is null)
        {
            // It has ended meanwhile, or is another by now.
            queue.Enqueue(container.Id);
            return;
        }

        var wiring = await ledger.WireAsync(container.Id, wish, netns);
        tracker.AskedBy(container.Id, wish.Settings.Health);
        Stands(container, new Standing(ContainerState.Wired, null));
        if (wiring.Change == Change.None)
        {
            Log.Unchanged(logger, container.Name, Short(container.Id));
            return;
        }

        changes.Set();
        Tell(container, wiring);
    }

    private void Tell(KnownContainer container, Wiring wiring)
    {
        var (attachment, change, took) = wiring;
        if (change == Change.Rewired)
        {
            Log.Rewired(logger, container.Name, Short(container.Id), took.TotalMilliseconds);
            return;
        }

        // Of one that was started before we looked nobody knows when.
        var since = tracker.StartedAt(container.Id) is { } started
            ? string.Create(CultureInfo.InvariantCulture, $", {(DateTimeOffset.UtcNow - started).TotalMilliseconds:0.0} ms after its start")
            : "";
        Log.Wired(
            logger,
            Enum.GetName(attachment.Role)!.ToLowerInvariant(),
            container.Name,
            Short(container.Id),
            attachment.Policy?.Pool ?? attachment.Member?.Pool ?? "-",
            string.Join(' ', attachment.Addresses),
            attachment.HostInterface,
            took.TotalMilliseconds,
            since);
    }

    // A sandbox's name is used once, a process id again: where only that can be had, the container must still be the same
    // when the namespace is open. Null where it is not.
    private async Task<NetnsHandle?> OpenAsync(ContainerDocument document, CancellationToken cancellation)
    {
        try
        {
            if (document.NetworkSettings?.SandboxKey is { Length: > 0 } sandbox)
                return NetnsHandle.Open(sandbox);
        }
        catch (NetnsException)
        {
            // Gone, or not to be seen from here: a daemon in a container has mounts of its own.
        }

        NetnsHandle? netns = null;
        try
        {
            netns = NetnsHandle.Open($"/proc/{document.State!.Pid}/ns/net");
            if (await IsSameAsync(document, cancellation))
                return netns;
        }
        catch (NetnsException)
        {
            if (await IsSameAsync(document, cancellation))
                throw;
        }
        catch
        {
            netns?.Dispose();
            throw;
        }

        netns?.Dispose();
        return null;
    }

    private async Task<bool> IsSameAsync(ContainerDocument document, CancellationToken cancellation) =>
        (await docker.InspectContainerAsync(document.Id!, cancellation))?.State is { Running: true, Restarting: false } state
        && state.Pid == document.State!.Pid
        && state.StartedAt == document.State.StartedAt;

    private async Task<bool> LearnAsync(string id, CancellationToken cancellation)
    {
        var found = await docker.ListContainersAsync(id, cancellation);
        if (found.Select(KnownContainer.From).FirstOrDefault(container => container?.Id == id) is not { } container)
            return false;
        // Whether it runs is known better from what has happened since.
        tracker.Put(container with { IsRunning = tracker.Find(id)?.IsRunning ?? container.IsRunning });
        return true;
    }

    private async Task ForgetAsync(string id, ConvergenceQueue queue)
    {
        var name = tracker.Find(id)?.Name ?? Short(id);
        tracker.Ended(id);
        if (tracker.Remove(id) is { } owner)
            queue.Enqueue(owner);
        await RemoveAsync(name, id);
        changes.Set();
    }

    // Whether something stays, because it is being started by now.
    private async Task<bool> RemoveAsync(string name, string id, bool goesOn = false)
    {
        var (took, stays) = await ledger.RemoveAsync(id, goesOn);
        if (took is { } time)
        {
            Log.Removed(logger, name, Short(id), time.TotalMilliseconds);
            changes.Set();
        }

        return stays;
    }

    private Verdict VerdictOf(KnownContainer container) => Verdict.Of(container, tracker.SharersOf(container.Id), configuration);

    private void Note(ContainerDocument document) => tracker.Inspected(
        document.Id!, document.State is { Running: true, Restarting: false, Pid: > 0 }, document.State?.Health?.Status);

    private bool Stands(KnownContainer container, Standing standing)
    {
        var isNews = tracker.Stands(container.Id, standing);
        if (isNews)
            changes.Set();
        return isNews;
    }

    /// <summary>An id as people read it.</summary>
    public static string Short(string id) => id.Length > 12 ? id[..12] : id;
}
