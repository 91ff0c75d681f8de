namespace TransparentCni.Plugin.Install;

/// <summary>What is to be installed or removed, and where.</summary>
internal sealed record InstallOptions
{
    /// <summary>The node's directories.</summary>
    public required NodePaths Paths { get; init; }

    /// <summary>The executable to install.</summary>
    public required string From { get; init; }

    /// <summary>A file of the directory of configurations; null: the one that the runtime takes.</summary>
    public string? File { get; init; }

    /// <summary>A network by name; null: that of the file.</summary>
    public string? Network { get; init; }

    /// <summary>Keys of the entry and their values as JSON text.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; init; } = [];

    /// <summary>Whether the entry is a file in the network's own directory.</summary>
    public bool DropIn { get; init; }

    /// <summary>Whether to go into chains where the wiring may be bypassed.</summary>
    public bool Force { get; init; }

    /// <summary>Whether to say what would be done, and do nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether to remove the executable.</summary>
    public bool RemoveBinary { get; init; }

    /// <summary>Where attachments are registered.</summary>
    public string StateDirectory { get; init; } = "/run/tproxy";
}
