using System.Diagnostics;
using System.Runtime.InteropServices;
using TransparentCni.Cni.Interop;
using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests.Interop;

/// <summary>Constants and layouts, asked from the system's own headers by a compiled C program.</summary>
public sealed class LibcTests : IDisposable
{
    private const string Program =
        """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <signal.h>
        #include <spawn.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #define show(name, value) printf("%s=%ld\n", name, (long)(value))
        #define constant(name) show(#name, name)
        int main(void) {
          constant(EINTR); constant(EAGAIN); constant(EBADF); constant(O_RDONLY); constant(O_WRONLY);
          constant(O_CLOEXEC); constant(O_NONBLOCK); constant(MFD_CLOEXEC); constant(SEEK_SET);
          constant(F_GETFD); constant(F_SETFL); constant(POLLIN); constant(POLLOUT); constant(SIGKILL);
          constant(SIGCHLD); constant(SIG_DFL); constant(POSIX_SPAWN_SETPGROUP); constant(POSIX_SPAWN_SETSIGDEF);
          constant(POSIX_SPAWN_SETSIGMASK); constant(SYS_pidfd_open);
          show("pollfd", sizeof(struct pollfd)); show("pollfd.events", offsetof(struct pollfd, events));
          show("pollfd.revents", offsetof(struct pollfd, revents));
          show("attr", sizeof(posix_spawnattr_t)); show("actions", sizeof(posix_spawn_file_actions_t));
          show("sigset", sizeof(sigset_t));
        }
        """;

    private readonly TempDirectory _directory = new();

    [Fact]
    public unsafe void Constants_and_layouts_are_those_of_the_headers()
    {
        var actual = Compiled();
        var expected = new Dictionary<string, long>
        {
            ["EINTR"] = Libc.EINTR,
            ["EAGAIN"] = Libc.EAGAIN,
            ["EBADF"] = Libc.EBADF,
            ["O_RDONLY"] = Libc.O_RDONLY,
            ["O_WRONLY"] = Libc.O_WRONLY,
            ["F_GETFD"] = Libc.F_GETFD,
            ["O_CLOEXEC"] = Libc.O_CLOEXEC,
            ["O_NONBLOCK"] = Libc.O_NONBLOCK,
            ["MFD_CLOEXEC"] = Libc.MFD_CLOEXEC,
            ["SEEK_SET"] = Libc.SEEK_SET,
            ["F_SETFL"] = Libc.F_SETFL,
            ["POLLIN"] = Libc.POLLIN,
            ["POLLOUT"] = Libc.POLLOUT,
            ["SIGKILL"] = Libc.SIGKILL,
            ["SIGCHLD"] = Libc.SIGCHLD,
            ["SIG_DFL"] = Libc.SIG_DFL,
            ["POSIX_SPAWN_SETPGROUP"] = Libc.POSIX_SPAWN_SETPGROUP,
            ["POSIX_SPAWN_SETSIGDEF"] = Libc.POSIX_SPAWN_SETSIGDEF,
            ["POSIX_SPAWN_SETSIGMASK"] = Libc.POSIX_SPAWN_SETSIGMASK,
            ["SYS_pidfd_open"] = Libc.SYS_pidfd_open,
            ["pollfd"] = sizeof(Libc.PollDescriptor),
            ["pollfd.events"] = Marshal.OffsetOf<Libc.PollDescriptor>(nameof(Libc.PollDescriptor.Events)),
            ["pollfd.revents"] = Marshal.OffsetOf<Libc.PollDescriptor>(nameof(Libc.PollDescriptor.Returned)),
        };
        foreach (var (name, value) in expected)
            Assert.Equal((name, value), (name, actual[name]));
        foreach (var name in new[] { "attr", "actions", "sigset" })
            Assert.InRange(actual[name], 1, Libc.OpaqueSize);
    }

    public void Dispose() => _directory.Dispose();

    private Dictionary<string, long> Compiled()
    {
        var source = _directory.File("constants.c");
        File.WriteAllText(source, Program);
        Execute("gcc", "-o", _directory.File("constants"), source);
        return Execute(_directory.File("constants"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('='))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1]));
    }

    private static string Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
