using System.Globalization;

namespace TransparentCni.Netlink.Tests.NfTables.Support;

/// <summary>A message as lines of text, <c>4/1/2/3 00000004</c>: the path of types to a value, and the value.</summary>
internal static class AttributeTree
{
    private const int Headers = 20;

    public static List<string> Of(byte[] message)
    {
        var lines = new List<string>();
        Add(lines, "", new NetlinkAttributes(message.AsSpan(Headers)));
        return lines;
    }

    private static void Add(List<string> lines, string path, NetlinkAttributes attributes)
    {
        foreach (var attribute in attributes)
        {
            var here = string.Create(CultureInfo.InvariantCulture, $"{path}/{attribute.Type}");
            if (attribute.IsNested)
                Add(lines, here, attribute.Nested());
            else
                lines.Add($"{here} {Convert.ToHexStringLower(attribute.Payload)}");
        }
    }
}
