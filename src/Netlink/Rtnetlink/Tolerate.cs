namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>Which refusals of the kernel count as done, so that a step can be repeated.</summary>
[Flags]
public enum Tolerate
{
    /// <summary>None.</summary>
    Nothing = 0,

    /// <summary>What is added is there already: <see cref="Errno.EEXIST"/>.</summary>
    Present = 1,

    /// <summary>
    /// What is deleted, or what it belongs to, is gone already: <see cref="Errno.ENOENT"/>, <see cref="Errno.ESRCH"/>,
    /// <see cref="Errno.ENODEV"/>, <see cref="Errno.EADDRNOTAVAIL"/>, by the kind of object.
    /// </summary>
    Absent = 2,
}
