namespace TransparentCni.Lab.Isolation;

/// <summary>
/// The machine's files as some programs see them that write where an administrator's do (mount_namespaces(7)): <c>/etc</c> is
/// a copy, <c>/opt</c>, <c>/run</c> and <c>/var/lib</c> are empty, all in memory; everything else is the machine's own. What
/// is mounted inside is seen inside alone. It goes with the last program in it.
/// </summary>
public sealed class FileSystem : IDisposable
{
    // A new tmpfs is visible here before it is moved over the directory that it stands for.
    private const string Script = """
        set -e
        mount -t tmpfs tmpfs "$1"
        cd "$1"
        mkdir opt run lib
        cp -a /etc etc
        mount --bind etc /etc
        mount --bind opt /opt
        mount --bind lib /var/lib
        mount --bind run /run
        mkdir -p /run/lock
        : >ready
        exec sleep 2147483647
        """;

    private readonly string _directory = Ownership.MakeDirectory("files");

    private readonly BackgroundProgram _holder;

    /// <summary>Makes one.</summary>
    public FileSystem()
    {
        _holder = BackgroundProgram.Start(
            new Command("unshare", "--mount", "sh", "-c", Script, "files", Directory.CreateDirectory(Path.Combine(_directory, "private")).FullName),
            Path.Combine(_directory, "log"));
        _holder.WaitUntil(() => File.Exists(PathOf($"{_directory}/private/ready")), TimeSpan.FromSeconds(30), "its files are there");
    }

    /// <summary>The words that start a program in it: they go before its own.</summary>
    public IReadOnlyList<string> Entrance => ["nsenter", $"--mount=/proc/{_holder.Id}/ns/mnt", "--"];

    /// <summary>By which name the outside finds what has this one inside.</summary>
    public string PathOf(string path) => $"/proc/{_holder.Id}/root{path}";

    /// <summary>Shows a directory of the outside under another name too.</summary>
    public void Show(string directory, string name) => Run("mkdir -p \"$2\" && mount --bind \"$1\" \"$2\"", directory, name);

    /// <summary>Makes a symbolic link.</summary>
    public void Link(string target, string name) => Run("ln -s \"$1\" \"$2\"", target, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        _holder.Dispose();
        Ownership.DeleteDirectory(_directory);
    }

    private void Run(string script, params string[] arguments) =>
        Command.Run(new Command("sh", ["-c", script, "files", .. arguments]) { Files = this }).Required();
}
