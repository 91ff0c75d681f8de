using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TransparentCni.Bench;

/// <summary>What one run of a process cost.</summary>
/// <param name="Milliseconds">From before it was started to after it was reaped.</param>
/// <param name="Output">What it printed.</param>
internal sealed record Cost(double Milliseconds, string Output);

/// <summary>
/// Runs a process with as little around it as there can be: files for its input and output, <c>posix_spawn</c> and
/// <c>waitpid</c>, in the calling thread's network namespace.
/// </summary>
internal static unsafe partial class Child
{
    private const string Input = "/dev/shm/tproxy-bench.in";
    private const string Output = "/dev/shm/tproxy-bench.out";

    public static Cost Run(string file, string input, IReadOnlyDictionary<string, string> environment)
    {
        File.WriteAllText(Input, input);
        File.WriteAllText(Output, "");
        var actions = stackalloc byte[256]; // posix_spawn_file_actions_t has 80 bytes
        _ = InitActions(actions);
        _ = AddOpen(actions, 0, Input, 0, 0);
        _ = AddOpen(actions, 1, Output, 1, 0);
        _ = AddOpen(actions, 2, "/dev/null", 1, 0);
        using var arguments = new Strings([file]);
        using var variables = new Strings(environment.Select(variable => $"{variable.Key}={variable.Value}"));
        var start = Stopwatch.GetTimestamp();
        var error = Spawn(out var pid, file, actions, null, arguments.Pointer, variables.Pointer);
        int status;
        if (error == 0)
            _ = Wait(pid, out status, 0);
        else
            throw new InvalidOperationException($"{file}: {Marshal.GetPInvokeErrorMessage(error)}");
        var time = Stopwatch.GetElapsedTime(start);
        _ = DestroyActions(actions);
        var output = File.ReadAllText(Output);
        return status == 0
            ? new Cost(time.TotalMilliseconds, output)
            : throw new InvalidOperationException($"{file} {environment.GetValueOrDefault("CNI_COMMAND")}: {output}");
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int pid, out int status, int options);

    private sealed class Strings : IDisposable
    {
        private readonly List<nint> _strings;

        public Strings(IEnumerable<string> texts)
        {
            _strings = [.. texts.Select(Marshal.StringToCoTaskMemUTF8)];
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_strings.Count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _strings.Count; i++)
                Pointer[i] = (byte*)_strings[i];
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            foreach (var text in _strings)
                Marshal.FreeCoTaskMem(text);
            NativeMemory.Free(Pointer);
        }
    }
}
