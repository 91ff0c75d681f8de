using System.Runtime.InteropServices;

// The C library comes from the system's loader path only: a file called libc.so beside the executable is never looked
// for, which also saves the failed look-ups at start.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
