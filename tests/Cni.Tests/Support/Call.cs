using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransparentCni.Cni.Tests.Support;

/// <summary>What a call left behind.</summary>
internal sealed record Outcome(int Status, string Output, IReadOnlyList<string> Log)
{
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    /// <summary>The error's code; 0 where there is none.</summary>
    public int Code => Output.Length == 0 ? 0 : (int?)Json["code"] ?? 0;

    public string Message => (string)Json["msg"]!;

    public void ShouldSucceed() => Assert.True(Status == 0, $"status {Status}: {Output}");

    /// <summary>Exit status 1, one error object with this code and these words, and nothing beside it.</summary>
    public void ShouldFail(int code, params string[] words)
    {
        Assert.Equal(1, Status);
        Assert.NotEqual("", Output);
        Assert.Equal(code, Code);
        Assert.Contains((string)Json["cniVersion"]!, CniVersions.Supported.ToArray());
        foreach (var word in words)
            Assert.Contains(word, Message, StringComparison.Ordinal);
    }
}

/// <summary>A call of the dispatcher in this process: the world outside is made of strings.</summary>
internal sealed class Call
{
    public const string Address4 = "10.1.0.5/16";

    public Dictionary<string, string> Environment { get; } = new()
    {
        ["CNI_CONTAINERID"] = "c1",
        ["CNI_NETNS"] = "/run/netns/c1",
        ["CNI_IFNAME"] = "eth0",
        ["CNI_PATH"] = "/usr/lib/cni",
    };

    public JsonObject Config { get; } = new()
    {
        ["cniVersion"] = "1.1.0",
        ["name"] = "net1",
        ["type"] = "tproxy",
    };

    /// <summary>Sent instead of <see cref="Config"/>.</summary>
    public byte[]? Input { get; set; }

    public Stream? InputStream { get; set; }

    public Stream? OutputStream { get; set; }

    public RecordingService Service { get; } = new();

    public static Call Of(string command, string version = "1.1.0") =>
        new Call().With("cniVersion", version).Env("CNI_COMMAND", command);

    /// <summary>With a result of another plugin before it.</summary>
    public static Call Chained(string command, string version = "1.1.0") =>
        Of(command, version).With("prevResult", Previous(version));

    public static JsonObject Previous(string version = "1.1.0") => new()
    {
        ["cniVersion"] = version,
        ["interfaces"] = new JsonArray(
            new JsonObject { ["name"] = "veth0", ["mac"] = "02:00:00:00:00:aa" },
            new JsonObject { ["name"] = "eth0", ["mac"] = "02:00:00:00:00:bb", ["sandbox"] = "/run/netns/c1" }),
        ["ips"] = new JsonArray(
            new JsonObject { ["address"] = Address4, ["gateway"] = "10.1.0.1", ["interface"] = 1 }),
        ["routes"] = new JsonArray(new JsonObject { ["dst"] = "0.0.0.0/0" }),
        ["dns"] = new JsonObject(),
    };

    public Call With(string key, JsonNode? value)
    {
        Config[key] = value;
        return this;
    }

    public Call Without(string key)
    {
        Config.Remove(key);
        return this;
    }

    public Call Env(string name, string value)
    {
        Environment[name] = value;
        return this;
    }

    public Call Args(string value) => Env("CNI_ARGS", value);

    public Call Annotated(string name, JsonNode? value)
    {
        const string capability = "io.kubernetes.cri.pod-annotations";
        var runtimeConfig = Config["runtimeConfig"] as JsonObject ?? [];
        var annotations = runtimeConfig[capability] as JsonObject ?? [];
        annotations[name] = value;
        runtimeConfig[capability] = annotations;
        Config["runtimeConfig"] = runtimeConfig;
        return this;
    }

    public Call Text(string input)
    {
        Input = Encoding.UTF8.GetBytes(input);
        return this;
    }

    public Outcome Run()
    {
        var log = new List<string>();
        using var output = new MemoryStream();
        var bytes = Input ?? JsonSerializer.SerializeToUtf8Bytes(Config);
        var status = new Dispatcher(Service).Run(new CniProcess(
            Environment, InputStream ?? new MemoryStream(bytes), OutputStream ?? output, log.Add));
        return new Outcome(status, Encoding.UTF8.GetString(output.ToArray()), log);
    }
}
