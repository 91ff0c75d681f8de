using TransparentCni.Core.Configuration;
namespace TransparentCni.Cni;

/// <summary>
/// One call as the environment describes it
/// (<see href="https://www.cni.dev/docs/spec/#parameters">CNI spec, "Parameters"</see>). Members that the verb does
/// not use are <c>null</c>.
/// </summary>
/// <param name="Verb">What to do.</param>
/// <param name="ContainerId">CNI_CONTAINERID, checked against the specification's alphabet.</param>
/// <param name="Netns">CNI_NETNS, an absolute path; <c>null</c> on DEL where the namespace is gone.</param>
/// <param name="IfName">CNI_IFNAME, a name that the kernel takes.</param>
/// <param name="Args">CNI_ARGS as it came.</param>
/// <param name="Path">CNI_PATH as it came: directories of plugins, separated by colons.</param>
internal sealed record Invocation(
    CniVerb Verb, string? ContainerId, string? Netns, string? IfName, string? Args, string? Path)
{
    private const int MaxPathBytes = 4096;

    /// <summary>Reads and checks the variables that the verb needs.</summary>
    /// <exception cref="CniException">
    /// 4: an unknown verb, missing variables (all of them named), invalid ones.
    /// </exception>
    public static Invocation Read(IReadOnlyDictionary<string, string> environment, string command)
    {
        var verb = CniVerbs.Find(command) ?? throw CniException.Environment(
            $"CNI_COMMAND {Quoted.Of(command)} is unknown; use ADD, DEL, CHECK, GC, STATUS or VERSION");
        if (verb is CniVerb.Version)
            return new Invocation(verb, null, null, null, null, null);
        RefuseMissing(environment, verb);
        var attachment = verb is CniVerb.Add or CniVerb.Del or CniVerb.Check;
        return new Invocation(
            verb,
            attachment ? ContainerIdOf(environment["CNI_CONTAINERID"]) : null,
            attachment ? NetnsOf(Value(environment, "CNI_NETNS"), verb) : null,
            attachment ? IfNameOf(environment["CNI_IFNAME"]) : null,
            Value(environment, "CNI_ARGS"),
            Value(environment, "CNI_PATH"));
    }

    private static void RefuseMissing(IReadOnlyDictionary<string, string> environment, CniVerb verb)
    {
        string[] needed = verb switch
        {
            CniVerb.Add or CniVerb.Check => ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"],
            CniVerb.Del => ["CNI_CONTAINERID", "CNI_IFNAME"],
            CniVerb.Gc => ["CNI_PATH"],
            _ => [],
        };
        var missing = Array.FindAll(needed, name => Value(environment, name) is null);
        if (missing.Length > 0)
            throw CniException.Environment($"{verb.Text()} needs {string.Join(", ", missing)} in the environment");
    }

    private static string ContainerIdOf(string id) => Alphabets.IsIdentifier(id) ? id : throw CniException.Environment(
        $"CNI_CONTAINERID {Quoted.Of(id)} is invalid; " +
        "an id starts with a letter or digit and goes on with letters, digits, '_', '.' and '-'");

    private static string IfNameOf(string name) => Alphabets.IsInterface(name) ? name : throw CniException.Environment(
        $"CNI_IFNAME {Quoted.Of(name)} is invalid; " +
        "a name has 1 to 15 bytes, none of them '/', ':', '%' or white space, and is not '.' or '..'");

    // A DEL has to clean up whatever its CNI_NETNS says, so there an unusable path is the same as none.
    private static string? NetnsOf(string? path, CniVerb verb)
    {
        var usable = path is { Length: < MaxPathBytes } && path[0] == '/';
        if (usable || verb is CniVerb.Del)
            return usable ? path : null;
        throw CniException.Environment(
            $"CNI_NETNS {Quoted.Of(path)} is invalid; " +
            "it is the absolute path of a network namespace, such as /run/netns/NAME");
    }

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
