using System.Text.Json;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Cni;

/// <summary>
/// Calls plugins as a container runtime does, in the node's namespace: ADD down the list, DEL up the list with what ADD
/// gave, CHECK, GC, STATUS (SPEC.md, sections 2 and 3).
/// </summary>
public sealed class Runtime(Node node)
{
    private static readonly string[] s_pluginDirectories =
        [Path.Combine(Repository.Root, "out", "bin"), "/usr/lib/cni"];

    /// <summary>How it speaks.</summary>
    public Dialect Dialect { get; set; } = Dialect.Plain;

    /// <summary>ADD: each plugin of the list in order, each given the result of the one before it.</summary>
    /// <exception cref="CniException">A plugin refused. As with every runtime, DEL has yet to be called.</exception>
    public Attachment Add(Request request)
    {
        JsonObject? result = null;
        foreach (var plugin in Plugins(request.Network))
            result = Parse(Call("ADD", request, plugin, result).Output);
        return new Attachment(request, result!);
    }

    /// <summary>ADD of this product's plugin alone, after an attachment that the rest of its list has made already.</summary>
    /// <exception cref="CniException">The plugin refused.</exception>
    public Attachment AddProduct(Request request, Attachment made) =>
        new(request, Parse(Call("ADD", request, Own(request.Network), made.Result).Output));

    /// <summary>DEL: each plugin of the list in reverse order, given the result of ADD. All are called; the first refusal is thrown.</summary>
    /// <exception cref="CniException">A plugin refused.</exception>
    public void Del(Request request, JsonObject? result, bool namespaceIsGone = false)
    {
        if (namespaceIsGone)
            request = request with { NamespacePath = "" };
        CniException? first = null;
        foreach (var plugin in Plugins(request.Network).Reverse())
        {
            try
            {
                Call("DEL", request, plugin, result);
            }
            catch (CniException exception)
            {
                first ??= exception;
            }
        }

        if (first is not null)
            throw first;
    }

    /// <inheritdoc cref="Del(Request, JsonObject?, bool)"/>
    public void Del(Attachment attachment, bool namespaceIsGone = false) =>
        Del(attachment.Request, attachment.Result, namespaceIsGone);

    /// <summary>CHECK.</summary>
    /// <exception cref="CniException">Something is not as ADD left it.</exception>
    public void Check(Attachment attachment)
    {
        foreach (var plugin in Plugins(attachment.Request.Network))
            Call("CHECK", attachment.Request, plugin, attachment.Result);
    }

    /// <summary>GC of this product's plugin.</summary>
    /// <param name="network">The network; its version must be 1.1.0 or newer.</param>
    /// <param name="valid">The attachments that are to stay.</param>
    public void Gc(Network network, IEnumerable<Attachment> valid)
    {
        var config = Own(network);
        Dialect.AddValid(config, valid);
        Start("GC", config, [], []);
    }

    /// <summary>STATUS of this product's plugin.</summary>
    public void Status(Network network) => Start("STATUS", Own(network), [], []);

    /// <summary>VERSION of a plugin.</summary>
    /// <remarks>libcni has values for what the plugin does not need, so that old ones answer too.</remarks>
    public JsonObject Version(string plugin) => Parse(Start(
        "VERSION", new JsonObject { ["type"] = plugin, ["cniVersion"] = "1.0.0" },
        new() { ["CNI_NETNS"] = "dummy", ["CNI_IFNAME"] = "dummy" }, []).Output);

    private JsonObject Own(Network network) =>
        Plugins(network).First(plugin => (string)plugin["type"]! == Network.Product);

    private IEnumerable<JsonObject> Plugins(Network network)
    {
        foreach (var plugin in network.Plugins(node.Directory))
        {
            plugin["cniVersion"] = network.CniVersion;
            plugin["name"] = network.Name;
            yield return plugin;
        }
    }

    private CommandResult Call(string verb, Request request, JsonObject plugin, JsonObject? result)
    {
        if (result is not null)
            plugin["prevResult"] = result.DeepClone();
        if (RuntimeConfig(request, plugin) is { Count: > 0 } given)
            plugin["runtimeConfig"] = given;
        return Start(verb, plugin, new Dictionary<string, string>
        {
            ["CNI_CONTAINERID"] = request.ContainerId,
            ["CNI_NETNS"] = request.NamespacePath,
            ["CNI_IFNAME"] = request.InterfaceName,
        }, (string)plugin["type"]! == Network.Product ? request.Wrapper : []);
    }

    // A runtime hands over only what a plugin says it is capable of.
    private JsonObject RuntimeConfig(Request request, JsonObject plugin)
    {
        var given = new JsonObject();
        if (plugin["capabilities"] is not JsonObject able)
            return given;
        if (Dialect.HandsAnnotationsOver && able.ContainsKey(Network.AnnotationCapability) && request.Annotations.Count > 0)
        {
            given[Network.AnnotationCapability] = new JsonObject(
                request.Annotations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        }

        if (able.ContainsKey("portMappings") && request.Ports.Count > 0)
        {
            given["portMappings"] = new JsonArray([.. request.Ports.Select(port => new JsonObject
            {
                ["hostPort"] = port.Host,
                ["containerPort"] = port.Container,
                ["protocol"] = "tcp",
            })]);
        }

        return given;
    }

    private CommandResult Start(string verb, JsonObject config, Dictionary<string, string> variables, IReadOnlyList<string> wrapper)
    {
        var type = (string)config["type"]!;
        variables = Dialect.Variables(variables, variables.GetValueOrDefault("CNI_CONTAINERID"));
        variables["CNI_COMMAND"] = verb;
        variables["CNI_PATH"] = string.Join(':', s_pluginDirectories);
        string[] words = [.. wrapper, Find(type)];
        var result = Command.Run(new Command(words[0], words[1..])
        {
            Namespace = node.Namespace,
            Input = config.ToJsonString(),
            Environment = variables,
        });
        return result.ExitCode == 0 ? result : throw Refusal(type, verb, result);
    }

    private static CniException Refusal(string plugin, string verb, CommandResult result)
    {
        try
        {
            var error = Parse(result.Output);
            return new CniException(
                plugin, verb, (int?)error["code"], $"{error["msg"]} {error["details"]}".TrimEnd(), result.Command.Input, result.Error);
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return new CniException(plugin, verb, null, $"exit code {result.ExitCode}", result.Output, result.Error);
        }
    }

    private static JsonObject Parse(string json) =>
        JsonNode.Parse(json) as JsonObject ?? throw new FormatException($"not a JSON object: {json}");

    private static string Find(string type) =>
        s_pluginDirectories.Select(directory => Path.Combine(directory, type)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"plugin {type} is in none of {string.Join(", ", s_pluginDirectories)}; 'make build' makes this product's");
}
