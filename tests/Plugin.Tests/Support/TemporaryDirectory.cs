using TransparentCni.Lab.Isolation;

namespace TransparentCni.Plugin.Tests;

/// <summary>A directory that goes with its test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tcpl").FullName;

    public string File(string name) => System.IO.Path.Join(Path, name);

    /// <summary>Writes a program of a few lines of shell.</summary>
    public string Script(string name, string body) => ProgramFile.Write(File(name), $"#!/bin/sh\n{body}\n");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
