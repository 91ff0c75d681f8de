using System.Diagnostics.CodeAnalysis;
using TransparentCni.Core.Model;
using TransparentCni.Plugin.Desired;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// The containers that matter: those with labels of ours, and those whose network namespace such a one shares. What events
/// and lists say of them; a hint each, put right by the next inspection. For several threads at once.
/// </summary>
internal sealed class ContainerTracker
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>A container that is tracked.</summary>
    public KnownContainer? Find(string id)
    {
        lock (_lock)
            return _entries.GetValueOrDefault(id)?.Container;
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<TrackedContainer> List()
    {
        lock (_lock)
            return [.. _entries.Values.Select(entry => new TrackedContainer(entry.Container, entry.Health, entry.Probe, entry.Standing, entry.Since))];
    }

    /// <summary>Who shares a container's network namespace.</summary>
    public IReadOnlyList<KnownContainer> SharersOf(string id)
    {
        lock (_lock)
            return [.. _entries.Values.Select(entry => entry.Container).Where(container => container.SharedWith == id)];
    }

    /// <summary>The container whose namespace this one is in: itself where it has its own.</summary>
    public string OwnerOf(string id)
    {
        lock (_lock)
            return _entries.GetValueOrDefault(id)?.Container.SharedWith ?? id;
    }

    /// <summary>Takes note of a container; one that is of no concern is not kept.</summary>
    /// <returns>Whether it matters.</returns>
    public bool Put(KnownContainer container)
    {
        lock (_lock)
        {
            var entry = _entries.GetValueOrDefault(container.Id);
            if (!container.IsLabelled && !_entries.Values.Any(other => other.Container.SharedWith == container.Id))
            {
                _entries.Remove(container.Id);
                return false;
            }

            if (entry is null)
                _entries[container.Id] = new Entry { Container = container };
            else
                entry.Container = container with { NetworkMode = container.NetworkMode ?? entry.Container.NetworkMode };
            return true;
        }
    }

    /// <summary>Forgets a container.</summary>
    /// <returns>The container whose namespace it shared; null where it had its own or was not known.</returns>
    public string? Remove(string id)
    {
        lock (_lock)
            return _entries.Remove(id, out var entry) ? entry.Container.SharedWith : null;
    }

    /// <summary>A container is connected to a network. Unless it runs, it is being started.</summary>
    /// <returns>Whether it matters.</returns>
    public bool Connected(string id)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry))
                return false;
            if (!entry.Container.IsRunning && entry.StartingSince is null)
            {
                entry.StartingSince = Environment.TickCount64;
                entry.Run++;
            }

            return true;
        }
    }

    /// <summary>A container runs.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="time">Since when, as the engine says.</param>
    /// <returns>Whether it matters.</returns>
    public bool Started(string id, DateTimeOffset time)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry))
                return false;
            entry.Container = entry.Container with { IsRunning = true };
            entry.StartedAt = time;
            return true;
        }
    }

    /// <summary>A container does not run any more, or has lost a network before it ran.</summary>
    /// <returns>Whether it matters.</returns>
    public bool Ended(string id)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry))
                return false;
            entry.Container = entry.Container with { IsRunning = false };
            entry.StartingSince = null;
            entry.StartedAt = null;
            return true;
        }
    }

    /// <summary>An inspection has said whether it runs.</summary>
    public void Inspected(string id, bool isRunning, string? health)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry))
                return;
            if (isRunning)
                entry.StartingSince = null;
            entry.Container = entry.Container with { IsRunning = isRunning };
            entry.Health = health;
        }
    }

    /// <summary>A health check has said how it is.</summary>
    public bool Healthy(string id, string status)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry))
                return false;
            entry.Health = status;
            return true;
        }
    }

    /// <summary>How a proxy wants to be asked whether it works.</summary>
    public void AskedBy(string id, HealthProbe? probe)
    {
        lock (_lock)
        {
            if (TryFind(id, out var entry))
                entry.Probe = probe;
        }
    }

    /// <summary>When the engine said that it was started; null where it has not.</summary>
    public DateTimeOffset? StartedAt(string id)
    {
        lock (_lock)
            return _entries.GetValueOrDefault(id)?.StartedAt;
    }

    /// <summary>
    /// Which start of a container is under way, counted from 1; null where none is. One that has been under way for longer
    /// than <paramref name="patience"/> is not any more: what was heard of it was wrong, or its end was not heard.
    /// </summary>
    public long? StartOf(string id, TimeSpan patience)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(id) is { StartingSince: { } since } entry && Environment.TickCount64 - since < patience.TotalMilliseconds
                ? entry.Run
                : null;
        }
    }

    /// <summary>Takes note of how a container stands.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Stands(string id, Standing standing)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry) || entry.Standing == standing)
                return false;
            entry.Standing = standing;
            entry.Since = DateTimeOffset.UtcNow;
            return true;
        }
    }

    /// <summary>How a container stands; null where it is not tracked.</summary>
    public Standing? StandingOf(string id)
    {
        lock (_lock)
            return _entries.GetValueOrDefault(id)?.Standing;
    }

    /// <summary>Takes note of how the engine's list describes a container.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Listed(string id, string description)
    {
        lock (_lock)
        {
            if (!TryFind(id, out var entry) || entry.Listed == description)
                return false;
            entry.Listed = description;
            return true;
        }
    }

    private bool TryFind(string id, [NotNullWhen(true)] out Entry? entry) => _entries.TryGetValue(id, out entry);

    private sealed class Entry
    {
        public required KnownContainer Container { get; set; }

        public long? StartingSince { get; set; }

        public long Run { get; set; }

        public DateTimeOffset? StartedAt { get; set; }

        public string? Health { get; set; }

        public HealthProbe? Probe { get; set; }

        public string? Listed { get; set; }

        public Standing Standing { get; set; } = new(ContainerState.Stopped, null);

        public DateTimeOffset Since { get; set; } = DateTimeOffset.UtcNow;
    }
}

/// <summary>How a container stands.</summary>
/// <param name="State">Wired, guarded, and so on.</param>
/// <param name="Problem">Why it is not wired, and what to do; null where it is or need not be.</param>
internal sealed record Standing(ContainerState State, string? Problem);

/// <summary>A container that matters.</summary>
/// <param name="Container">Which one.</param>
/// <param name="Health">What its HEALTHCHECK says; null where it has none.</param>
/// <param name="Probe">How it wants to be asked whether it works; null: not at all.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Since">Since when.</param>
internal sealed record TrackedContainer(
    KnownContainer Container, string? Health, HealthProbe? Probe, Standing Standing, DateTimeOffset Since);
