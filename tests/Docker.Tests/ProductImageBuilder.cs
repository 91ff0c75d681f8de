using System.Runtime.InteropServices;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Docker.Tests;

/// <summary>
/// An image to compile the product in, as the .NET SDK's is, of what this machine has: Debian's packages with all that they
/// depend on, the SDK, and the NuGet packages that compiling here has fetched, so that it needs no network.
/// </summary>
internal sealed class ProductImageBuilder : IDisposable
{
    // What a shell script, a compiler, a linker and the runtime of .NET need; libssl has one name or the other.
    private static readonly string[] s_packages =
        ["base-files", "clang", "coreutils", "dash", "grep", "libc6-dev", "libssl3", "libssl3t64", "libstdc++6", "sed", "zlib1g-dev"];

    private static readonly string[] s_documents = ["/usr/share/doc/", "/usr/share/info/", "/usr/share/locale/", "/usr/share/man/"];

    private static readonly (string Name, string Text)[] s_settings =
    [
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("etc/group", "root:x:0:\n"),
        // There is nobody to be asked for packages.
        ("root/.nuget/NuGet/NuGet.Config", "<configuration><packageSources><clear /></packageSources></configuration>\n"),
    ];

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly string _directory = Ownership.MakeDirectory("builder");

    /// <summary>Puts it together.</summary>
    public ProductImageBuilder()
    {
        var names = Path.Combine(_directory, "names");
        File.WriteAllLines(names, FilesOfPackages());
        Tar("--create", "--no-recursion", "--directory", "/", "--files-from", names);
        // Other languages than C#, and tools that nothing here calls.
        Tar("--append", "--directory", "/", "--exclude", "FSharp", "--exclude", "DotnetTools", Sdk[1..]);
        Tar("--append", "--directory", "/", "--exclude", "*.nupkg", "--exclude", "fsharp.core", "--exclude", "microsoft.codecoverage", Packages[1..]);
        foreach (var (name, text) in s_settings)
        {
            var file = Path.Combine(_directory, "settings", name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
            Tar("--append", "--directory", Path.Combine(_directory, "settings"), name);
        }
    }

    /// <summary>The image.</summary>
    public Image Image => new("builder:lab", Archive, [
        $"ENV PATH={Sdk}:/usr/sbin:/usr/bin:/sbin:/bin NUGET_PACKAGES={Packages} DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1",
    ]);

    private static string Sdk { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    private static string Packages { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");

    private string Archive => Path.Combine(_directory, "builder.tar");

    /// <inheritdoc/>
    public void Dispose() => Ownership.DeleteDirectory(_directory);

    private void Tar(params string[] arguments) => Command.Run(new Command("tar", ["--file", Archive, .. arguments]) { Limit = s_patience }).Required();

    private static IEnumerable<string> FilesOfPackages() =>
        Command.Run(new Command("dpkg-query", ["--listfiles", .. PackagesWithDependencies()])).Required().Output.Split('\n')
            .Where(path => path.StartsWith('/') && !s_documents.Any(documents => path.StartsWith(documents, StringComparison.Ordinal)))
            .Select(Merged)
            .Where(path => Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
            .Select(path => path[1..])
            .Where(path => path.Length > 1)
            .Distinct()
            .Order(StringComparer.Ordinal);

    // Where /bin and its like are links, packages say so still: the file's own place is what an archive must have.
    private static string Merged(string path) =>
        path.Split('/') is [_, var top, _, ..] && new DirectoryInfo($"/{top}").LinkTarget is { } target ? $"/{target}{path[(top.Length + 1)..]}" : path;

    private static HashSet<string> PackagesWithDependencies()
    {
        var installed = Command.Run(new Command("dpkg-query", "--show", "--showformat", "${db:Status-Status}\t${Package}\t${Pre-Depends}, ${Depends}\n"))
            .Required().Output.Split('\n').Select(line => line.Split('\t')).Where(words => words[0] == "installed")
            .ToLookup(words => words[1], words => words[2].Split(',', '|').Select(named => named.Trim().Split(' ', ':')[0]));
        HashSet<string> found = [];
        var open = new Queue<string>(s_packages.Where(installed.Contains));
        while (open.TryDequeue(out var package))
        {
            if (!found.Add(package))
                continue;
            foreach (var needed in installed[package].SelectMany(needed => needed).Where(installed.Contains))
                open.Enqueue(needed);
        }

        return found;
    }
}
