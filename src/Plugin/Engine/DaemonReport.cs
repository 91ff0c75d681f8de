using System.Text.Json;
using System.Text.Json.Serialization;

namespace TransparentCni.Plugin.Engine;

/// <summary>
/// What the daemon knows and neither the kernel nor the registered attachments say: names, refusals and why. It is
/// written to <c>DIR/docker.json</c> for <c>tproxyd status</c>, and is true only as long as the daemon runs.
/// </summary>
internal sealed record DaemonReport
{
    /// <summary>Its file in the state directory.</summary>
    public const string FileName = "docker.json";

    private const int LargestFile = 16 << 20;

    /// <summary>The daemon's process id.</summary>
    public int Pid { get; init; }

    /// <summary>The version that the engine says it has; null before it was reached.</summary>
    public string? Engine { get; init; }

    /// <summary>What is wrong between the daemon and the engine; null where nothing is.</summary>
    public string? Trouble { get; init; }

    /// <summary>Every container that has labels of ours, or shares its network namespace with one that has.</summary>
    public IReadOnlyList<ContainerReport> Containers { get; init; } = [];

    /// <summary>The guarded networks.</summary>
    public IReadOnlyList<NetworkReport> GuardedNetworks { get; init; } = [];

    /// <summary>Reads it; null where no daemon has written one, or it is damaged.</summary>
    public static DaemonReport? Read(string stateDirectory)
    {
        try
        {
            var file = new FileInfo(Path.Join(stateDirectory, FileName));
            if (!file.Exists || file.Length > LargestFile)
                return null;
            using var stream = file.OpenRead();
            return JsonSerializer.Deserialize(stream, DaemonReportJson.Default.DaemonReport);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, in one piece.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Write(string stateDirectory)
    {
        Directory.CreateDirectory(stateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Join(stateDirectory, FileName);
        // Piece by piece: it is written often, and with hundreds of containers it is long.
        using (var stream = File.Create(path + ".new"))
            JsonSerializer.Serialize(stream, this, DaemonReportJson.Default.DaemonReport);
        File.Move(path + ".new", path, overwrite: true);
    }
}

/// <summary>How a container stands.</summary>
internal enum ContainerState
{
    /// <summary>It does not run.</summary>
    [JsonStringEnumMemberName("stopped")]
    Stopped,

    /// <summary>Its addresses are held to its policy; it has no link of ours yet.</summary>
    [JsonStringEnumMemberName("guarded")]
    Guarded,

    /// <summary>It has its link.</summary>
    [JsonStringEnumMemberName("wired")]
    Wired,

    /// <summary>It is not wired because of <see cref="ContainerReport.Problem"/>, and what it sends is refused.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>One container.</summary>
/// <param name="Id">Docker's full id.</param>
/// <param name="Name">Docker's name for it, without the slash.</param>
/// <param name="State">How it stands.</param>
/// <param name="Problem">Why it is refused, and what to do; null where it is not.</param>
/// <param name="Netns">The container whose network namespace it shares (Docker's id); null where it has its own.</param>
/// <param name="Since">When that began.</param>
internal sealed record ContainerReport(
    string Id, string Name, ContainerState State, string? Problem, string? Netns, DateTimeOffset Since);

/// <summary>A guarded network.</summary>
/// <param name="Id">Docker's full id.</param>
/// <param name="Name">Docker's name for it.</param>
/// <param name="Bridge">Its bridge.</param>
internal sealed record NetworkReport(string Id, string Name, string Bridge);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(DaemonReport))]
internal sealed partial class DaemonReportJson : JsonSerializerContext;
