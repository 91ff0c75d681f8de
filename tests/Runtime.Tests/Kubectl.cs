using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Runtimes;
using TransparentCni.Lab.Runtimes.Cri;

namespace TransparentCni.Runtime.Tests;

/// <summary>What <c>kubectl</c>'s commands have a node do, where there is no cluster: the runtime is asked for the same pods.</summary>
internal sealed class Kubectl(Containerd runtime, FileSystem files) : IDisposable
{
    private const string Annotation = "--annotations=";

    private readonly Dictionary<string, Pod> _pods = [];

    private readonly HashSet<string> _applied = [];

    /// <summary>The pods that were run, by their names.</summary>
    public IReadOnlyDictionary<string, Pod> Pods => _pods;

    /// <summary>Does what a command says.</summary>
    /// <returns>What it prints; null where it is none of <c>kubectl</c>'s.</returns>
    public string? TryRun(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(word => word == "k3s").ToList();
        if (words[0] != "kubectl")
            return null;
        return words[1] switch
        {
            "run" => Run(words),
            "exec" => Execute(words),
            "apply" => Apply(words[^1]),
            "delete" => Delete(words[^1]),
            _ => throw new NotSupportedException(command),
        };
    }

    public void Dispose()
    {
        foreach (var pod in _applied)
            runtime.End(pod);
        foreach (var pod in _pods.Values)
            runtime.Remove(pod);
    }

    private string Run(List<string> words)
    {
        var annotations = words.Where(word => word.StartsWith(Annotation, StringComparison.Ordinal))
            .Select(word => word[Annotation.Length..].Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        _pods.Add(words[2], runtime.Run(new PodRequest(words[2]) { Annotations = annotations }));
        return "";
    }

    private string Apply(string manifest)
    {
        var pod = Manifest.Read(Path.Combine(Repository.Root, manifest));
        runtime.Run(pod);
        _applied.Add(pod.Name);
        return "";
    }

    private string Delete(string manifest)
    {
        var name = Manifest.Read(Path.Combine(Repository.Root, manifest)).Name;
        _applied.Remove(name);
        Assert.True(runtime.End(name) == 0, runtime.LogOf(name));
        return "";
    }

    private string Execute(List<string> words)
    {
        var program = words[(words.IndexOf("--") + 1)..];
        return Command.Run(new Command("busybox", [.. program]) { Namespace = _pods[words[2]].Namespace, Files = files }).Required().Output;
    }
}
