using System.Text;
using TransparentCni.Plugin.Install.Files;
using TransparentCni.Plugin.Install.Text;

namespace TransparentCni.Plugin.Install;

/// <summary>
/// Puts the CNI executable in place, then its entry into the chain of the network that the node's runtime uses. What is
/// so already is left as it is, so that it can be repeated at any time.
/// </summary>
internal sealed class Installer(InstallOptions options, Action<string> say) : IDisposable
{
    private readonly ConfDirectory _directory = new(options.Paths.ConfDir);
    private readonly ChainFile _files = new(say, options.DryRun);
    private (long, DateTime, long, DateTime)? _seen;

    /// <summary>Installs.</summary>
    /// <returns>Whether anything was changed.</returns>
    /// <exception cref="InstallException">It cannot be done; no file was changed but for those that were said.</exception>
    public bool Install()
    {
        using var turn = options.DryRun ? null : _directory.Lock();
        Executable.Require(options.From);
        var lost = _files.PutBackLostText();
        var path = Choose();
        Judge(path);
        var put = PutExecutable();
        var entered = options.DropIn ? DropIn(path) : ConfDirectory.IsList(path) ? Enter(path) : Convert(path);
        return put | entered | lost;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private string Choose()
    {
        var path = _directory.Choose(options.File, options.Network);
        var list = Path.ChangeExtension(path, ConfDirectory.ListEnding);
        // Named by the name that it had before it was made a list.
        return options.File is not null && !File.Exists(path) && File.Exists(list) ? list : path;
    }

    // Whatever is wrong with the chain is said before anything is changed.
    private void Judge(string path)
    {
        using var source = SourceFile.Open(path);
        var chain = ConfDirectory.Read(source);
        if (options.File is not null && options.Network is { } network && network != chain.Name)
            throw new InstallException($"{path}: name: is {chain.Name}, not {network}; name one of both");
        if (chain.Ours is null)
            _ = Position(path, chain);
        else if (chain.Plugins[0].IsOurs)
            throw new InstallException($"{path}: plugins[0].type: is {Executable.Name} itself, which makes this network alone; there is nothing to chain it after");
    }

    private int Position(string path, Chain chain)
    {
        try
        {
            return ChainPosition.Find(chain, options.Force);
        }
        catch (InstallException exception)
        {
            throw new InstallException($"{path}: {exception.Message}", exception);
        }
    }

    private bool PutExecutable()
    {
        var target = Path.Join(options.Paths.BinDir, Executable.Name);
        if (_seen is not null && _seen == Look(target))
            return false;
        if (Executable.IsInPlace(options.From, target))
        {
            _seen = Look(target);
            return false;
        }

        if (!options.DryRun)
            Executable.Put(options.From, target);
        say(options.DryRun ? $"would put {options.From} at {target}" : $"put {options.From} at {target}");
        return true;
    }

    // Comparing whole files once is enough as long as neither was written to.
    private (long, DateTime, long, DateTime)? Look(string target)
    {
        var (from, to) = (new FileInfo(options.From), new FileInfo(target));
        return from.Exists && to.Exists ? (from.Length, from.LastWriteTimeUtc, to.Length, to.LastWriteTimeUtc) : null;
    }

    private bool Enter(string path)
    {
        var network = "";
        var changed = _files.Edit(path, source =>
        {
            var chain = ConfDirectory.Read(source);
            network = chain.Name;
            return chain.Ours is { } ours ? Updated(chain, ours) : chain.Insert(Position(path, chain), Entry.New(options.Settings));
        }, before: KeepOriginal);
        if (changed && !options.DryRun)
            say($"entered into network {network}: {path}");
        return changed;
    }

    // What has an entry already is not an original.
    private static void KeepOriginal(SourceFile source)
    {
        if (ConfDirectory.Read(source).Ours is null)
            ChainFile.Keep(source);
    }

    private byte[]? Updated(Chain chain, int ours) =>
        Entry.Update(chain.MembersOf(ours), options.Settings) is { } entry ? chain.Replace(ours, entry) : null;

    // The single plugin sorts before the list of the same name, so until it is out of the way runtimes use it alone.
    private bool Convert(string path)
    {
        using var source = SourceFile.Open(path);
        var list = Path.ChangeExtension(path, ConfDirectory.ListEnding);
        var chain = Chain.Read(ConfDirectory.Read(source).ToList(), isList: true);
        var text = chain.Insert(Position(path, chain), EntryIn(list) ?? Entry.New(options.Settings));
        if (options.DryRun)
        {
            say($"would write {list} in the place of {path}:{Environment.NewLine}{Encoding.UTF8.GetString(text)}");
            return true;
        }

        AtomicFile.Create(list, text, like: source);
        if (!source.IsCurrent())
            throw new ChangedMeanwhileException(path);
        AtomicFile.Rename(path, path + ChainFile.Kept);
        say($"entered into network {chain.Name}: {list}, in the place of {path}");
        return true;
    }

    // A list that is there already, from the time before the single plugin was written anew.
    private string? EntryIn(string list)
    {
        using var source = SourceFile.TryOpen(list);
        if (source is null)
            return null;
        var chain = ConfDirectory.Read(source);
        if (chain.Ours is not { } ours)
            throw new InstallException($"{list}: is there beside a single plugin of the same name; remove one of both");
        return Entry.Update([], [.. chain.MembersOf(ours).Where(member => options.Settings.All(setting => setting.Key != member.Name)), .. options.Settings]);
    }

    private bool DropIn(string path)
    {
        using var source = SourceFile.Open(path);
        var chain = ConfDirectory.Read(source);
        if (chain.Ours is not null)
            return false;
        if (!chain.IsList)
            throw new InstallException($"{path}: is a single plugin, to which runtimes add nothing; install without --drop-in");
        if (!chain.LoadsDroppedIn)
            throw new InstallException($"{path}: loadOnlyInlinedPlugins: is true, so nothing is added from {chain.Name}/; set it to false, or install without --drop-in");
        _ = Position(path, chain);
        var file = new DropInFile(_directory.Path, chain.Name);
        if (!file.Write(Entry.Alone(chain.VersionText, options.Settings), options.DryRun))
            return false;
        say(options.DryRun ? $"would write {file.Path}" : $"dropped in for network {chain.Name}: {file.Path} (read by runtimes with libcni 1.3 or newer)");
        return true;
    }
}
