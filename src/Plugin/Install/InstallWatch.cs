using TransparentCni.Plugin.Install.Files;

namespace TransparentCni.Plugin.Install;

/// <summary>
/// Keeps a directory of configurations as it should be: runtimes' own installers (kindnet, flannel, k3s) write their file
/// anew whenever they start. Hears of it by inotify; looks now and then in any case, since a directory can be replaced as a whole, and
/// watches are limited in number.
/// </summary>
/// <param name="directory">The directory.</param>
/// <param name="mend">Makes it as it should be.</param>
/// <param name="say">Told what cannot be done.</param>
internal sealed class InstallWatch(string directory, Action mend, Action<string> say) : IDisposable
{
    private readonly AutoResetEvent _wake = new(false);
    private FileSystemWatcher? _watcher;
    private ulong? _watched;
    private string? _trouble;
    private string? _deaf;

    /// <summary>The longest time in which a change that nothing told of stays unseen.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after a change it is looked at: whoever writes has a moment to finish.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Stays until cancelled; what cannot be done is said once, and tried again.</summary>
    public void Run(CancellationToken cancellation)
    {
        using var ended = cancellation.Register(() => _wake.Set());
        while (!cancellation.IsCancellationRequested)
        {
            Listen();
            var sound = Mend();
            _wake.WaitOne(sound ? Interval : Settling * 10);
            if (!cancellation.IsCancellationRequested)
                Thread.Sleep(Settling);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watcher?.Dispose();
        _wake.Dispose();
    }

    private bool Mend()
    {
        try
        {
            mend();
            if (_trouble is not null)
                say("in order again");
            _trouble = null;
            return true;
        }
        catch (ChangedMeanwhileException)
        {
            return false; // somebody is at work on it
        }
        catch (InstallException exception)
        {
            if (_trouble != exception.Message)
                say(exception.Message);
            _trouble = exception.Message;
            return false;
        }
    }

    // A watch holds on to the directory that it was made for; another one under the same name needs another.
    private void Listen()
    {
        try
        {
            var inode = Inode(directory);
            if (_watcher is not null && inode == _watched)
                return;
            _watcher?.Dispose();
            _watcher = null;
            if (inode is null)
                return;
            var watcher = new FileSystemWatcher(directory);
            watcher.Changed += (_, _) => _wake.Set();
            watcher.Created += (_, _) => _wake.Set();
            watcher.Renamed += (_, _) => _wake.Set();
            watcher.Deleted += (_, _) => _wake.Set();
            watcher.Error += (_, _) => _wake.Set();
            watcher.EnableRaisingEvents = true;
            (_watcher, _watched, _deaf) = (watcher, inode, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            if (_deaf != exception.Message)
                say($"changes are not heard of ({exception.Message}), but looked for every {Interval.TotalSeconds:0} s");
            _deaf = exception.Message;
        }
    }

    private static ulong? Inode(string path)
    {
        using var handle = Libc.Open(path, Libc.ReadOnly | Libc.Directory);
        return !handle.IsInvalid && Libc.TryStat(handle, out var status) ? status.Inode : null;
    }
}
