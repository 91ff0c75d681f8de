using System.Globalization;
using System.Reflection;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>Compares constants and structures that bear the kernel's names with the kernel's headers.</summary>
internal static class HeaderCheck
{
    /// <summary>Every <c>const</c> of a class must have the value of the C constant of the same name.</summary>
    public static void ConstantsAgree(Type holder, params string[] headers)
    {
        var ours = holder
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Where(field => field.IsLiteral && !field.Name.Any(char.IsLower))
            .ToDictionary(field => field.Name, field => ToInt64(field.GetRawConstantValue()!));
        Assert.NotEmpty(ours);
        Agree(ours, headers);
    }

    /// <summary>Every value must be that of the C expression it is filed under.</summary>
    public static void Agree(Dictionary<string, long> ours, params string[] headers)
    {
        var theirs = KernelHeaders.Evaluate(headers, ours.Keys);
        var differing = ours.Where(pair => theirs[pair.Key] != pair.Value)
            .Select(pair => $"{pair.Key}: ours {pair.Value}, headers {theirs[pair.Key]}");
        Assert.Empty(differing);
    }

    private static long ToInt64(object value) => value switch
    {
        IntPtr number => number,
        UIntPtr number => (long)number,
        _ => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    };
}
