namespace TransparentCni.Cni.Tests.Support;

/// <summary>A directory that goes away with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tproxy-cni-").FullName;

    public string File(string name) => System.IO.Path.Join(Path, name);

    /// <summary>Writes an executable shell script.</summary>
    public string Script(string name, string body, bool executable = true)
    {
        var path = File(name);
        System.IO.File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        const UnixFileMode plain = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        System.IO.File.SetUnixFileMode(path, executable ? plain | UnixFileMode.UserExecute : plain);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
