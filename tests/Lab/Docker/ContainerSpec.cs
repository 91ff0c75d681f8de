namespace TransparentCni.Lab.Docker;

/// <summary>A container as <c>docker run</c> is asked for it.</summary>
public sealed record ContainerSpec
{
    /// <summary>Its image.</summary>
    public Image Image { get; init; } = Images.Busybox;

    /// <summary>Its name; null: the engine's choice.</summary>
    public string? Name { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Its first network; null: the default bridge.</summary>
    public string? Network { get; init; }

    /// <summary>Published ports, as <c>--publish</c> has them.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>When the engine starts it again (<c>--restart</c>); null: never.</summary>
    public string? Restart { get; init; }

    /// <summary>More options of <c>docker run</c>.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>What it runs; empty: what the image says.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    internal IReadOnlyList<string> Arguments =>
    [
        // A program that is a container's first process may not hear of anything else, and an engine waits for each.
        "--stop-signal", "SIGKILL",
        .. Name is null ? [] : new[] { "--name", Name },
        .. Network is null ? [] : new[] { "--network", Network },
        .. Restart is null ? [] : new[] { "--restart", Restart },
        .. Labels.SelectMany(label => new[] { "--label", $"{label.Key}={label.Value}" }),
        .. Ports.SelectMany(port => new[] { "--publish", port }),
        .. More,
        Image.Name,
        .. Command,
    ];
}
