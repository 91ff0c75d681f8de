using TransparentCni.Dataplane.State;
using TransparentCni.Plugin.Install.Files;
using TransparentCni.Plugin.Install.Text;

namespace TransparentCni.Plugin.Install;

/// <summary>
/// Takes the entry out of every chain, so that new containers are no longer wired; the executable stays as long as a
/// container may be deleted through it.
/// </summary>
internal sealed class Uninstaller(InstallOptions options, Action<string> say) : IDisposable
{
    private const int MostNamed = 5;

    private static readonly string[] s_single = [".conf", ".json"];

    private readonly ConfDirectory _directory = new(options.Paths.ConfDir);
    private readonly ChainFile _files = new(say, options.DryRun);
    private bool _stillUsed;

    private string Target => Path.Join(options.Paths.BinDir, Executable.Name);

    /// <summary>Uninstalls.</summary>
    /// <returns>Whether all that was asked for is done.</returns>
    /// <exception cref="InstallException">It cannot be done.</exception>
    public bool Uninstall()
    {
        using (var turn = options.DryRun ? null : _directory.Lock())
        {
            foreach (var path in Chosen())
                TakeOut(path);
        }

        return RemoveExecutable();
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private IReadOnlyList<string> Chosen() =>
        options.File is null && options.Network is null ? _directory.Files() : [_directory.Choose(options.File, options.Network)];

    private void TakeOut(string path)
    {
        Chain chain;
        try
        {
            using var source = SourceFile.Open(path);
            chain = ConfDirectory.Read(source);
        }
        catch (InstallException exception) when (options.File is null && options.Network is null)
        {
            // Of no use to runtimes either; whether it is meant for us cannot be told.
            say($"left as it is: {exception.Message}");
            return;
        }

        if (new DropInFile(_directory.Path, chain.Name).Remove(options.DryRun))
            say($"{(options.DryRun ? "would take" : "took")} the dropped-in file out of network {chain.Name}");
        if (chain.Plugins[0].IsOurs)
        {
            _stillUsed = true;
            say($"{path}: network {chain.Name} is made by {Executable.Name} itself; remove the file where nobody uses it");
        }
        else if (chain.Ours is not null && !RestoreSingle(path))
        {
            Remove(path, chain.Name);
        }
    }

    private void Remove(string path, string network)
    {
        using var kept = SourceFile.TryOpen(path + ChainFile.Kept);
        var restored = true;
        _files.Edit(path, source =>
        {
            if (Without(source) is not { } text)
                return null;
            restored = kept is null || kept.Bytes.AsSpan().SequenceEqual(text);
            return text;
        }, before: _ => { });
        if (options.DryRun)
            return;
        if (restored)
            AtomicFile.Remove(path + ChainFile.Kept);
        say($"took the entry out of network {network}: {path}" + (restored ? "" : $"; it was changed since the entry was made, and {kept!.Path} is how it was before"));
    }

    private static byte[]? Without(SourceFile source)
    {
        var chain = ConfDirectory.Read(source);
        return chain.Ours is { } ours and > 0 ? chain.Remove(ours) : null;
    }

    // A list that was made of a single plugin, and is still what was made of it: the single plugin comes back.
    private bool RestoreSingle(string list)
    {
        foreach (var original in s_single.Select(ending => Path.ChangeExtension(list, ending)))
        {
            using var kept = SourceFile.TryOpen(original + ChainFile.Kept);
            using var now = SourceFile.Open(list);
            if (kept is null || Without(now) is not { } text || !Chain.Read(kept.Bytes, isList: false).ToList().AsSpan().SequenceEqual(text))
                continue;
            if (!options.DryRun)
            {
                // It sorts before the list, so from here on it is used, and at no time neither.
                AtomicFile.Rename(kept.Path, original);
                AtomicFile.Remove(list);
            }

            say($"{(options.DryRun ? "would restore" : "restored")} {original} in the place of {list}");
            return true;
        }

        return false;
    }

    private bool RemoveExecutable()
    {
        var registered = new StateDirectory(options.StateDirectory).ListAll();
        if (!File.Exists(Target))
            return true;
        if (registered.Count > 0)
        {
            var names = string.Join(", ", registered.Take(MostNamed).Select(attachment => attachment.Id.ToString()));
            say($"{Target} stays, to answer when their containers are deleted: {registered.Count} attachments are registered in " +
                $"{options.StateDirectory} ({names}{(registered.Count > MostNamed ? ", …" : "")}). They keep their wiring. " +
                "When their containers are gone, tproxyd cleanup removes what is left of them, and tproxyd uninstall --remove-binary this file");
        }
        else if (_stillUsed || !options.RemoveBinary)
        {
            say($"{Target} stays" + (_stillUsed ? ": a network is still made by it" : "; no attachment is registered, and --remove-binary removes it"));
        }
        else
        {
            if (!options.DryRun)
                AtomicFile.Remove(Target);
            say($"{(options.DryRun ? "would remove" : "removed")} {Target}");
            return true;
        }

        return !options.RemoveBinary;
    }
}
