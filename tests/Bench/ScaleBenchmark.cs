using TransparentCni.Lab.Nodes;

namespace TransparentCni.Bench;

/// <summary>
/// The verbs of one attachment beside many others, on one node, in turns with the same beside a few, on another.
/// </summary>
internal sealed class ScaleBenchmark : IDisposable
{
    /// <summary>How many a few are.</summary>
    public const int Few = 10;

    private readonly VerbBenchmark _verbs = new();
    private readonly PluginPath _few = new();
    private readonly PluginPath _many = new();
    private readonly Container _besideFew;
    private readonly Container _besideMany;

    public ScaleBenchmark()
    {
        _few.GrowTo(Few);
        _besideFew = _few.Node.AddContainer("few");
        _besideMany = _many.Node.AddContainer("many");
    }

    public static IReadOnlyList<string> Verbs { get; } = ["ADD", "CHECK", "DEL"];

    public Samples Times => _verbs.Times;

    /// <summary>A verb beside so many, and the same beside a few in the same rounds.</summary>
    public static (string Many, string Few) Names(string verb, int clients) => ($"{verb} beside {clients}", $"{verb} beside few, in turns with {clients}");

    /// <summary>Every verb beside so many and beside a few, in turns, <paramref name="rounds"/> times.</summary>
    public void Run(int clients, int rounds)
    {
        _many.GrowTo(clients);
        for (var round = 0; round < rounds; round++)
        {
            _verbs.Once($"beside {clients}", _many.Node, _besideMany.Namespace.Path);
            _verbs.Once($"beside few, in turns with {clients}", _few.Node, _besideFew.Namespace.Path);
        }
    }

    public void Dispose()
    {
        _verbs.Dispose();
        _few.Dispose();
        _many.Dispose();
    }
}
