using System.Diagnostics;

namespace TransparentCni.Lab.Isolation;

/// <summary>
/// A program that runs in the background, in a control group of its own: it is ended by its process id with all that it
/// started, at the latest when the laboratory is used the next time.
/// </summary>
public sealed class BackgroundProgram : IDisposable
{
    private readonly ControlGroup _group;

    private readonly bool _ownsGroup;

    private readonly Process _process;

    private readonly string _log;

    private bool _isGone;

    private BackgroundProgram(ControlGroup group, bool ownsGroup, Process process, string log)
    {
        _group = group;
        _ownsGroup = ownsGroup;
        _process = process;
        _log = log;
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _isGone || _process.HasExited;

    /// <summary>What it has printed so far, on standard output and standard error; what an earlier one printed into the same file too.</summary>
    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <summary>Whether a process runs: one that has ended, and that its parent has not taken note of yet, does not (proc_pid_stat(5)).</summary>
    public static bool Runs(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string LastOfLog => string.Join('\n', Log.Split('\n').TakeLast(30));

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program; its input and its limit are not used.</param>
    /// <param name="log">The file that its output is appended to.</param>
    /// <param name="group">The group to start it in; null: one of its own.</param>
    public static BackgroundProgram Start(Command command, string log, ControlGroup? group = null)
    {
        var own = group ?? new ControlGroup(Path.GetFileName(command.File));
        var start = new ProcessStartInfo("/bin/sh")
        {
            // No terminal and no pipe of ours: it outlives neither.
            // No directory of ours: a plain user may not be let into it.
            WorkingDirectory = "/",
            ArgumentList = { "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "start", log },
        };
        foreach (var word in (IEnumerable<string>)[.. own.Entrance, .. command.Words])
            start.ArgumentList.Add(word);
        foreach (var (name, value) in command.Environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = command.Namespace is { } place ? place.Run(() => Process.Start(start)!) : Process.Start(start)!;
        return new BackgroundProgram(own, group is null, process, log);
    }

    /// <summary>Asks it to end (SIGTERM) and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="TimeoutException">It has not ended in time.</exception>
    public int Stop(TimeSpan limit)
    {
        _ = Libc.Kill(Id, Libc.SignalTerminate);
        return _process.WaitForExit(limit)
            ? _process.ExitCode
            : throw new TimeoutException($"{_process.StartInfo.FileName} {Id} has not ended in {limit.TotalSeconds} s\n{LastOfLog}");
    }

    /// <summary>Kills it (SIGKILL), and nothing that it has started.</summary>
    public void Kill()
    {
        _ = Libc.Kill(Id, Libc.SignalKill);
        _process.WaitForExit();
    }

    /// <summary>Waits until something holds.</summary>
    /// <exception cref="TimeoutException">It does not hold in time; the message has what was printed.</exception>
    /// <exception cref="InvalidOperationException">The program ended before; the message has what was printed.</exception>
    public void WaitUntil(Func<bool> holds, TimeSpan limit, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (HasEnded)
                throw new InvalidOperationException($"it ended before {what}\n{LastOfLog}");
            if (clock.Elapsed > limit)
                throw new TimeoutException($"not in {limit.TotalSeconds} s: {what}\n{LastOfLog}");
            Thread.Sleep(5);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isGone)
            return;
        _isGone = true;
        if (!HasEnded)
            Kill();
        _process.Dispose();
        if (_ownsGroup)
            _group.Dispose();
    }
}
