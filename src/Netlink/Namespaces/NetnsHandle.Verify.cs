using System.Globalization;

namespace TransparentCni.Netlink;

/// <content>What an opened path is.</content>
public sealed partial class NetnsHandle
{
    internal const string RegularFile = "a regular file";
    private const int FormatMask = 0xF000; // S_IFMT

    /// <summary>Which namespace it is.</summary>
    public NetnsIdentity Identity { get; private set; }

    private void Verify(string path)
    {
        if (LibC.FileSystemStatus(this, out var fileSystem) != 0)
            throw new NetnsException(path, LibC.LastError);
        const uint Wanted = LibC.STATX_TYPE | LibC.STATX_INO;
        if (LibC.StatX(this, "", LibC.AT_EMPTY_PATH, Wanted, out var status) != 0)
            throw new NetnsException(path, LibC.LastError);
        if (fileSystem.f_type != LibC.NSFS_MAGIC)
            throw new NetnsException(path, DescribeFile(status.stx_mode));
        // Other kinds of namespace have files of the same file system.
        var type = LibC.IoControl(this, LibC.NS_GET_NSTYPE);
        if (type < 0)
            throw new NetnsException(path, LibC.LastError);
        if (type != LibC.CLONE_NEWNET)
            throw new NetnsException(path, DescribeNamespace(type));
        Identity = new NetnsIdentity(((ulong)status.stx_dev_major << 32) | status.stx_dev_minor, status.stx_ino);
    }

    /// <summary>File types of <see href="https://man7.org/linux/man-pages/man7/inode.7.html">inode(7)</see>.</summary>
    private static string DescribeFile(ushort mode) => (mode & FormatMask) switch
    {
        0x1000 => "a FIFO",
        0x2000 => "a character device",
        0x4000 => "a directory",
        0x6000 => "a block device",
        0x8000 => RegularFile,
        _ => "some other file",
    };

    /// <summary><c>CLONE_NEW*</c> of <c>linux/sched.h</c>.</summary>
    private static string DescribeNamespace(int type) => type switch
    {
        0x00000080 => "a time namespace",
        0x00020000 => "a mount namespace",
        0x02000000 => "a cgroup namespace",
        0x04000000 => "a UTS namespace",
        0x08000000 => "an IPC namespace",
        0x10000000 => "a user namespace",
        0x20000000 => "a PID namespace",
        _ => string.Create(CultureInfo.InvariantCulture, $"a namespace of type 0x{type:x}"),
    };
}
