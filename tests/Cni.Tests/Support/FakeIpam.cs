namespace TransparentCni.Cni.Tests.Support;

/// <summary>An IPAM plugin made of a shell script, which writes down how it was called.</summary>
internal sealed class FakeIpam : IDisposable
{
    public const string Type = "fake-ipam";

    private readonly TempDirectory _directory = new();

    /// <summary>CNI_PATH for it.</summary>
    public string Path => _directory.Path;

    /// <summary>The verbs it was called with so far.</summary>
    public IReadOnlyList<string> Calls => Lines("calls");

    /// <summary>The environment of the last call.</summary>
    public IReadOnlyList<string> Environment => Lines("environment");

    /// <summary>The standard input of the last call.</summary>
    public string Input => File.ReadAllText(_directory.File("input"));

    /// <summary>Answers ADD with the text, and every other verb with nothing.</summary>
    public static FakeIpam Answering(string result) => Running(
        $"""
        [ "$CNI_COMMAND" = ADD ] || exit 0
        cat <<'END'
        {result}
        END
        """);

    /// <summary>Runs the script's text after having written down the call.</summary>
    public static FakeIpam Running(string body)
    {
        var fake = new FakeIpam();
        var path = fake._directory.Path;
        var record = $"echo $CNI_COMMAND >>{path}/calls\nenv >{path}/environment\ncat >{path}/input\n";
        fake._directory.Script(Type, record + body);
        return fake;
    }

    /// <summary>The call with this plugin for its addresses.</summary>
    public Call Serve(Call call) =>
        call.With("ipam", new System.Text.Json.Nodes.JsonObject { ["type"] = Type }).Env("CNI_PATH", Path);

    public void Dispose() => _directory.Dispose();

    private string[] Lines(string name) =>
        File.Exists(_directory.File(name)) ? File.ReadAllLines(_directory.File(name)) : [];
}
