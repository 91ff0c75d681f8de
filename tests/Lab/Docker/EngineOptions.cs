using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Runtimes;

namespace TransparentCni.Lab.Docker;

/// <summary>How an engine is started.</summary>
public sealed record EngineOptions
{
    /// <summary>Whether containers outlive the engine (<c>live-restore</c>).</summary>
    public bool LiveRestore { get; init; }

    /// <summary>Whether the engine keeps its own part of the packet filter.</summary>
    public bool PacketFilter { get; init; } = true;

    /// <summary>The files that it sees; null: the machine's own.</summary>
    public FileSystem? Files { get; init; }

    /// <summary>Which one.</summary>
    public Release Release { get; init; } = Release.Installed;

    /// <summary>More options, as <c>dockerd</c> has them.</summary>
    public IReadOnlyList<string> More { get; init; } = [];
}
