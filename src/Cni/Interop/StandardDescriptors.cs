using System.Runtime.InteropServices;

namespace TransparentCni.Cni.Interop;

/// <summary>
/// Keeps the numbers 0 to 2 from being given to something else where whoever started us closed them: the .NET runtime
/// keeps <c>/dev/urandom</c> open from its first hash on, and would be read as the configuration.
/// </summary>
internal static unsafe class StandardDescriptors
{
    /// <summary>
    /// Opens <c>/dev/null</c> under every number that is closed, the wrong way round, so that reading standard input or
    /// writing standard output fails as it would without. Has to run before anything else opens a file.
    /// </summary>
    public static void Occupy()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            for (var descriptor = Libc.StandardInput; descriptor <= Libc.StandardError; descriptor++)
                if (Libc.Control(descriptor, Libc.F_GETFD, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.EBADF)
                    _ = Libc.Open(path, descriptor == Libc.StandardInput ? Libc.O_WRONLY : Libc.O_RDONLY);
        }
    }
}
