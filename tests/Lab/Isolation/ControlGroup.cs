using System.Diagnostics;
using System.Globalization;

namespace TransparentCni.Lab.Isolation;

/// <summary>
/// A control group of its own (cgroups(7)) for programs that start others: whatever they have started is found in it,
/// whoever its parent has become, and can be ended by its process id.
/// </summary>
public sealed class ControlGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Makes one.</summary>
    /// <param name="label">A word for a person.</param>
    public ControlGroup(string label)
    {
        Name = Ownership.Name(label);
        // In a group of the second version, what has processes has no groups below that have controllers: hence a leaf.
        Directory.CreateDirectory(ProcessesDirectory);
    }

    /// <summary>Its name below the root of every hierarchy.</summary>
    public string Name { get; }

    private string ProcessesDirectory => Path.Combine(Hierarchy, Name, "processes");

    // The first version has a hierarchy for each controller; one is enough to find processes by.
    private static string Hierarchy => Directory.Exists($"{Root}/pids") ? $"{Root}/pids" : Root;

    private static IEnumerable<string> Hierarchies =>
        Directory.Exists($"{Root}/pids") ? Directory.GetDirectories(Root) : [Root];

    /// <summary>The words that start a program in this group: they go before its own.</summary>
    public IReadOnlyList<string> Entrance =>
        ["/bin/sh", "-c", $"echo $$ > {ProcessesDirectory}/cgroup.procs && exec \"$@\"", "enter"];

    /// <summary>The words that start a program in this group of every hierarchy: for one that makes groups in all of them.</summary>
    public IReadOnlyList<string> EntranceToAll =>
        ["/bin/sh", "-c", $"set -e\n{string.Concat(Hierarchies.Select(EnterScript))}exec \"$@\"", "enter"];

    /// <summary>The processes in it, and in those below.</summary>
    public IReadOnlyList<int> Processes => ProcessesOf(Path.Combine(Hierarchy, Name));

    /// <summary>Kills everything in it, by process id, and waits until it is gone.</summary>
    /// <exception cref="TimeoutException">Something lives on.</exception>
    public void Kill() => Kill(Path.Combine(Hierarchy, Name));

    /// <summary>Kills everything in it and removes it.</summary>
    public void Dispose() => Remove(Name);

    /// <summary>Removes the groups of processes that are no more.</summary>
    internal static void Sweep()
    {
        if (!Directory.Exists(Hierarchy))
            return;
        foreach (var name in Directory.GetDirectories(Hierarchy).Select(path => Path.GetFileName(path)!).Where(Ownership.IsStale))
            Remove(name);
    }

    // A new group of the first version's "cpuset" has nothing to run on until it is told (cpuset(7)).
    private string EnterScript(string hierarchy) => $$"""
        for group in {{hierarchy}}/{{Name}} {{hierarchy}}/{{Name}}/processes; do
          mkdir -p $group
          for file in cpuset.cpus cpuset.mems; do
            if [ -e {{hierarchy}}/tasks ] && [ -e {{hierarchy}}/$file ]; then cat {{hierarchy}}/$file >$group/$file; fi
          done
        done
        echo $$ >{{hierarchy}}/{{Name}}/processes/cgroup.procs

        """;

    private static void Remove(string name)
    {
        Kill(Path.Combine(Hierarchy, name));
        foreach (var top in Hierarchies.Select(hierarchy => Path.Combine(hierarchy, name)).Where(Directory.Exists))
        {
            // The files in them cannot be deleted, and need not be.
            foreach (var directory in Directory.GetDirectories(top, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length))
                Libc.RemoveDirectory(directory);
            Libc.RemoveDirectory(top);
        }
    }

    private static void Kill(string directory)
    {
        var clock = Stopwatch.StartNew();
        while (ProcessesOf(directory) is { Count: > 0 } living)
        {
            foreach (var process in living)
                _ = Libc.Kill(process, Libc.SignalKill);
            if (clock.Elapsed > s_patience)
                throw new TimeoutException($"these do not end: {string.Join(' ', living)}");
            Thread.Sleep(2);
        }
    }

    private static List<int> ProcessesOf(string directory)
    {
        List<int> found = [];
        if (!Directory.Exists(directory))
            return found;
        foreach (var group in Directory.GetDirectories(directory, "*", SearchOption.AllDirectories).Append(directory))
        {
            try
            {
                found.AddRange(File.ReadAllLines(Path.Combine(group, "cgroup.procs"))
                    .Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // It went away meanwhile.
            }
        }

        return found;
    }
}
