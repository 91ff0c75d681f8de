using System.Globalization;

namespace TransparentCni.Netlink;

/// <summary>
/// Tells network namespaces apart while they live (<see href="https://man7.org/linux/man-pages/man7/namespaces.7.html">
/// namespaces(7)</see>); the kernel may give the numbers of one that has ended to a new one.
/// </summary>
/// <param name="Device">Device number of the file system of namespaces, major in the upper half.</param>
/// <param name="Inode">The number that <c>readlink /proc/self/ns/net</c> shows.</param>
public readonly record struct NetnsIdentity(ulong Device, ulong Inode)
{
    /// <summary>As <c>readlink /proc/self/ns/net</c> shows it: <c>net:[4026531840]</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"net:[{Inode}]");
}
