using System.Runtime.InteropServices;

namespace TransparentCni.Cni.Interop;

/// <summary>Child processes.</summary>
internal static unsafe partial class Libc
{
    public const int SIGKILL = 9;
    public const int SIGCHLD = 17;
    public const nint SIG_DFL = 0;

    public const short POSIX_SPAWN_SETPGROUP = 2;
    public const short POSIX_SPAWN_SETSIGDEF = 4;
    public const short POSIX_SPAWN_SETSIGMASK = 8;

    /// <summary>
    /// Room for <c>posix_spawnattr_t</c>, <c>posix_spawn_file_actions_t</c> and <c>sigset_t</c>, which the C library
    /// alone looks into. glibc and musl need 336, 80 and 128 bytes; a test asks the headers.
    /// </summary>
    public const int OpaqueSize = 512;

    public const int SYS_pidfd_open = 434;

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    public static partial int Spawn(
        int* pid, byte* path, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitFileActions(byte* fileActions);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyFileActions(byte* fileActions);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(byte* fileActions, int descriptor, int asDescriptor);

    // glibc 2.34: https://sourceware.org/glibc/manual/latest/html_node/Process-Creation-Concepts.html
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static partial int AddCloseFrom(byte* fileActions, int firstDescriptor);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int InitSpawnAttributes(byte* attributes);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroySpawnAttributes(byte* attributes);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetSpawnFlags(byte* attributes, short flags);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setpgroup")]
    public static partial int SetSpawnProcessGroup(byte* attributes, int group);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetSpawnDefaultSignals(byte* attributes, byte* signals);

    // https://man7.org/linux/man-pages/man3/posix_spawn.3.html
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetSpawnSignalMask(byte* attributes, byte* signals);

    // https://man7.org/linux/man-pages/man3/sigsetops.3.html
    [LibraryImport(Library, EntryPoint = "sigemptyset")]
    public static partial int EmptySignals(byte* signals);

    // https://man7.org/linux/man-pages/man3/sigsetops.3.html
    [LibraryImport(Library, EntryPoint = "sigfillset")]
    public static partial int FillSignals(byte* signals);

    // https://man7.org/linux/man-pages/man2/waitpid.2.html
    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitFor(int pid, int* status, int options);

    // https://man7.org/linux/man-pages/man2/kill.2.html
    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    // https://man7.org/linux/man-pages/man2/signal.2.html
    [LibraryImport(Library, EntryPoint = "signal", SetLastError = true)]
    public static partial nint SetSignal(int signal, nint handler);

    /// <summary>
    /// A descriptor that polls as readable once the process has ended (Linux 5.3). glibc has a function for it since
    /// 2.36 only.
    /// </summary>
    // https://man7.org/linux/man-pages/man2/pidfd_open.2.html
    public static int OpenProcess(int pid) => (int)SystemCall(SYS_pidfd_open, pid, 0);

    // https://man7.org/linux/man-pages/man2/syscall.2.html
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);
}
