using System.Text;
using TransparentCni.Plugin.Install.Files;

namespace TransparentCni.Plugin.Install;

/// <summary>Changes network configurations on disk, beside others who do the same.</summary>
internal sealed class ChainFile(Action<string> say, bool dryRun) : IDisposable
{
    /// <summary>Behind the name of a file as it was before: no runtime reads a file with this ending.</summary>
    public const string Kept = ".before-tproxy";

    private const int Tries = 20;

    private SourceFile? _replaced;

    /// <summary>Changes a file's text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="edit">Its new text, given the old one; null: it stays as it is.</param>
    /// <param name="before">Called before it is replaced.</param>
    /// <returns>Whether it was changed.</returns>
    /// <exception cref="InstallException">It is of no use, or cannot be written.</exception>
    public bool Edit(string path, Func<SourceFile, byte[]?> edit, Action<SourceFile> before)
    {
        for (var attempt = 1; ; attempt++)
        {
            var source = SourceFile.Open(path);
            var replaced = false;
            try
            {
                if (edit(source) is not { } text)
                    return false;
                if (dryRun)
                {
                    say($"would write {path}:{Environment.NewLine}{Encoding.UTF8.GetString(text)}");
                    return true;
                }

                before(source);
                AtomicFile.Replace(source, text);
                replaced = true;
                Hold(source);
                if (!PutBackLostText())
                    return true;
            }
            catch (ChangedMeanwhileException) when (attempt < Tries)
            {
                Thread.Sleep(10 * attempt);
            }
            finally
            {
                if (!replaced)
                    source.Dispose();
            }
        }
    }

    /// <summary>
    /// A writer that had the file open while it was replaced has written into a file without a name. What it wrote is put
    /// where it was meant to be.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool PutBackLostText()
    {
        if (_replaced is not { } lost || !lost.Refresh())
            return false;
        for (var attempt = 1; attempt < Tries; attempt++)
        {
            Thread.Sleep(50); // it may not have finished
            if (!lost.Refresh())
                break;
        }

        say($"{lost.Path}: somebody wrote it while it was being replaced; their text is put back and worked on again");
        AtomicFile.Create(lost.Path, lost.Bytes, like: lost);
        Hold(null);
        return true;
    }

    /// <summary>Keeps a file as it was, beside it.</summary>
    public static void Keep(SourceFile source)
    {
        using var there = SourceFile.TryOpen(source.Path + Kept);
        if (there is null || !there.Bytes.AsSpan().SequenceEqual(source.Bytes))
            AtomicFile.Create(source.Path + Kept, source.Bytes, like: source);
    }

    /// <inheritdoc/>
    public void Dispose() => _replaced?.Dispose();

    private void Hold(SourceFile? source)
    {
        _replaced?.Dispose();
        _replaced = source;
    }
}
