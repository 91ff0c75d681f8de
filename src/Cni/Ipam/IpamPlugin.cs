using System.Text;
using System.Text.Json;
using TransparentCni.Cni.Configuration;
using TransparentCni.Cni.Json;
using TransparentCni.Cni.Results;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Ipam;

/// <summary>
/// The plugin that gives out addresses, named by <c>ipam.type</c>, run as the specification's delegated plugin
/// (<see href="https://www.cni.dev/docs/spec/#section-4-plugin-delegation">CNI spec, section 4</see>): found in
/// CNI_PATH, with our environment and our configuration as they are, but for the verb.
/// </summary>
internal sealed class IpamPlugin
{
    /// <summary>How long a verb may take: long enough for a DHCP server, and not for ever.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    /// <summary>The same for STATUS, which runtimes ask every few seconds.</summary>
    public static readonly TimeSpan StatusTimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>The most that a plugin may print, in bytes.</summary>
    public const int MaxOutput = 1 << 20;

    private const int MaxMessageLength = 1000;

    private readonly string _type;
    private readonly string? _searchPath;
    private readonly ReadOnlyMemory<byte> _config;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeSpan? _limit;

    private IpamPlugin(
        string type, string? searchPath, ReadOnlyMemory<byte> config, IReadOnlyDictionary<string, string> environment,
        TimeSpan? limit)
    {
        _type = type;
        _searchPath = searchPath;
        _config = config;
        _environment = environment;
        _limit = limit;
    }

    /// <summary>The plugin that the configuration names; <c>null</c> where it has no <c>ipam</c>.</summary>
    /// <param name="config">The network configuration.</param>
    /// <param name="searchPath">CNI_PATH, or <c>null</c>.</param>
    /// <param name="environment">Ours, which it gets.</param>
    /// <param name="limit">How long a verb may take; <c>null</c> for the usual limits.</param>
    /// <exception cref="CniException">7: <c>ipam</c> is no object, or its type is not the name of a file.</exception>
    public static IpamPlugin? Of(
        NetworkConfig config, string? searchPath, IReadOnlyDictionary<string, string> environment,
        TimeSpan? limit = null)
    {
        if (config["ipam"] is not { } ipam)
            return null;
        var shape = new JsonShape("the network configuration", CniErrorCode.InvalidConfig);
        var type = shape.Text(shape.Object(ipam, "ipam")["type"], "ipam.type")
            ?? throw shape.Refuse("ipam.type", "is missing; name an IPAM plugin, such as \"host-local\"");
        if (type is "." or ".." || type.AsSpan().ContainsAny('/', '\0'))
            throw shape.Refuse("ipam.type", $"{Quoted.Of(type)} is not the plain name of an executable");
        if (config["type"] is { ValueKind: JsonValueKind.String } own && own.GetString() == type)
            throw shape.Refuse("ipam.type", $"{Quoted.Of(type)} is this plugin itself, which gives out no addresses");
        return new IpamPlugin(type, searchPath, config.Raw, environment, limit);
    }

    /// <summary>Allocates: the result, which has at least one address.</summary>
    /// <param name="meanwhile">Done while the plugin is at work.</param>
    /// <exception cref="CniException">The plugin's own error; 100: it failed without one; 6: no result.</exception>
    public NetworkResult Add(Action? meanwhile = null)
    {
        var output = Run(CniVerb.Add, meanwhile);
        var result = ResultReader.ReadIpam(output.Span, $"the result of IPAM plugin {Quoted.Of(_type)}");
        return result.Addresses.Count > 0
            ? result
            : throw new CniException(CniErrorCode.IpamFailed, $"IPAM plugin {Quoted.Of(_type)} gave no address");
    }

    /// <summary>DEL, CHECK, GC and STATUS, which answer nothing.</summary>
    /// <exception cref="CniException">The plugin's own error; 100: it failed without one.</exception>
    public void Call(CniVerb verb) => Run(verb);

    private ReadOnlyMemory<byte> Run(CniVerb verb, Action? meanwhile = null)
    {
        var limit = _limit ?? (verb is CniVerb.Status ? StatusTimeLimit : TimeLimit);
        var path = FindExecutable();
        ChildOutcome outcome;
        try
        {
            outcome = ChildProcess.Run(path, Variables(verb), _config.Span, limit, MaxOutput, meanwhile);
        }
        catch (IOException e)
        {
            throw Failed(verb, $"({path}) cannot be run: {e.Message}");
        }
        return outcome.End switch
        {
            ChildEnd.Exited when outcome.Status == 0 => outcome.Output,
            ChildEnd.Exited => throw ErrorOf(verb, outcome),
            ChildEnd.Signalled => throw Failed(verb, $"was killed by signal {outcome.Status}"),
            ChildEnd.TimedOut => throw Failed(verb, $"took longer than {limit.TotalSeconds} s and was killed"),
            _ => throw Failed(verb, $"printed more than {MaxOutput} bytes and was killed"),
        };
    }

    private string FindExecutable()
    {
        if (_searchPath is null)
            throw CniException.Environment(
                $"CNI_PATH is not set, and IPAM plugin {Quoted.Of(_type)} is looked up there");
        foreach (var directory in _searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Join(directory, _type);
            if (File.Exists(path))
                return path;
        }
        throw CniException.Config(
            $"IPAM plugin {Quoted.Of(_type)} is in none of the directories of CNI_PATH {Quoted.Of(_searchPath)}");
    }

    private List<string> Variables(CniVerb verb)
    {
        var variables = new List<string>(_environment.Count + 1) { $"CNI_COMMAND={verb.Text()}" };
        foreach (var (name, value) in _environment)
            if (name != "CNI_COMMAND")
                variables.Add($"{name}={value}");
        return variables;
    }

    // The plugin's error object; runtimes act on its code, and people know its message.
    private CniException ErrorOf(CniVerb verb, ChildOutcome outcome)
    {
        try
        {
            var shape = new JsonShape("its error", CniErrorCode.DecodingFailure);
            var fields = shape.Object(JsonText.Parse(outcome.Output.Span, "its error"), "it");
            if (shape.Integer(fields["code"], "code", 1, uint.MaxValue) is not { } code)
                throw shape.Refuse("code", "is missing");
            var message = shape.Text(fields["msg"], "msg") ?? "(no message)";
            var from = $"IPAM plugin {Quoted.Of(_type)}, {verb.Text()}";
            var details = shape.Text(fields["details"], "details");
            return new CniException(
                (CniErrorCode)code,
                Quoted.Plain(message, MaxMessageLength),
                details is null ? from : $"{from}: {Quoted.Plain(details, MaxMessageLength)}");
        }
        catch (CniException e)
        {
            var printed = Quoted.Plain(Encoding.UTF8.GetString(outcome.Output.Span), MaxMessageLength);
            return Failed(verb, $"ended with status {outcome.Status} without an error object ({e.Message}): {printed}");
        }
    }

    private CniException Failed(CniVerb verb, string what) =>
        new(CniErrorCode.IpamFailed, $"IPAM plugin {Quoted.Of(_type)}, {verb.Text()}: {what}");
}
