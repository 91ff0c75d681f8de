namespace TransparentCni.Lab.Runtimes;

/// <content>What libcni keeps of containers outside of every directory that can be configured.</content>
public sealed partial class Containerd
{
    private const string ResultCache = "/var/lib/cni/results";

    // Where libcni keeps results cannot be configured; those of sandboxes that were never taken down stay there.
    private void RemoveCachedResults()
    {
        if (!System.IO.Directory.Exists(ResultCache))
            return;
        foreach (var file in System.IO.Directory.GetFiles(ResultCache).Where(IsMine))
            File.Delete(file);
    }

    private bool IsMine(string result)
    {
        try
        {
            return File.ReadAllText(result).Contains(Directory + "/", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
