namespace TransparentCni.Core.Tests.Support;

/// <summary>What differs between two texts, line by line.</summary>
internal static class TextDiff
{
    /// <summary>The lines of both: those only in <paramref name="old"/> after a minus, those only in <paramref name="new"/> after a plus.</summary>
    public static string Of(string old, string @new)
    {
        var (a, b) = (old.Split('\n'), @new.Split('\n'));
        var common = CommonLengths(a, b);
        List<string> lines = [];
        var (i, j) = (0, 0);
        while (i < a.Length || j < b.Length)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                lines.Add(" " + a[i++]);
                j++;
            }
            else if (j == b.Length || (i < a.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add("-" + a[i++]);
            }
            else
            {
                lines.Add("+" + b[j++]);
            }
        }

        return string.Join('\n', lines);
    }

    // The length of the longest common subsequence of what is left from line i of the one and line j of the other.
    private static int[,] CommonLengths(string[] a, string[] b)
    {
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        return common;
    }
}
