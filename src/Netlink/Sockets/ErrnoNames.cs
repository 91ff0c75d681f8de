using System.Globalization;
using System.Runtime.InteropServices;

namespace TransparentCni.Netlink;

/// <summary>Errors as people read them.</summary>
public static class ErrnoNames
{
    /// <summary>Name and meaning, such as <c>EEXIST (File exists)</c>; a number that has no name stays a number.</summary>
    public static string Describe(this Errno errno)
    {
        var number = ((int)errno).ToString(CultureInfo.InvariantCulture);
        var name = Enum.GetName(errno) ?? "errno " + number;
        return $"{name} ({Marshal.GetPInvokeErrorMessage((int)errno)})";
    }
}
