using System.Net;
using System.Text.Json.Nodes;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Cni;

/// <summary>What a runtime asks for: one interface of one container in one network.</summary>
/// <param name="Container">The container.</param>
/// <param name="Network">The network.</param>
public sealed record Request(Container Container, Network Network)
{
    /// <summary>The interface's name in the container.</summary>
    public string InterfaceName { get; init; } = "eth0";

    /// <summary>The container id, where it is not the container's own.</summary>
    public string ContainerId { get; init; } = Container.Id;

    /// <summary>The pod's annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Published TCP ports: on the node, in the container.</summary>
    public IReadOnlyList<(int Host, int Container)> Ports { get; init; } = [];

    /// <summary>A program, with arguments, that runs this product's plugin in place of a plain start.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    /// <summary>The namespace's file as the plugins are told it.</summary>
    public string NamespacePath { get; init; } = Container.Namespace.Path;
}

/// <summary>What ADD made, with the result that runtimes keep for CHECK and DEL.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Result">The chain's last result.</param>
public sealed record Attachment(Request Request, JsonObject Result) : IEndpoint
{
    /// <summary>The container.</summary>
    public Container Container => Request.Container;

    /// <inheritdoc/>
    public NetworkNamespace Namespace => Container.Namespace;

    /// <summary>Its addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses =>
        [.. Result["ips"]!.AsArray().Select(ip => IPAddress.Parse(((string)ip!["address"]!).Split('/')[0]))];

    /// <summary>The node's end of its link: the last interface outside a namespace; a bridge stands before it.</summary>
    public string HostInterface => (string)Result["interfaces"]!.AsArray()
        .Last(link => string.IsNullOrEmpty((string?)link!["sandbox"]))!["name"]!;
}

/// <summary>A plugin's refusal.</summary>
public sealed class CniException : Exception
{
    internal CniException(string plugin, string verb, int? code, string message, string output, string error)
        : base($"{plugin} {verb}: {message}\n{output}\n{error}")
    {
        Plugin = plugin;
        Code = code;
        Reason = message;
    }

    /// <summary>Which plugin.</summary>
    public string Plugin { get; }

    /// <summary>The code of its error object; null where it printed none.</summary>
    public int? Code { get; }

    /// <summary>What it said.</summary>
    public string Reason { get; }
}
