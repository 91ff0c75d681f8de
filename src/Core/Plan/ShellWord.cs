using System.Buffers;

namespace TransparentCni.Core.Plan;

/// <summary>
/// A name as one word of a shell command. The kernel and CNI let an interface's name hold what a shell would act on
/// (<c>$(…)</c>, <c>;</c>, quotes), and a plan is there to be run.
/// </summary>
internal static class ShellWord
{
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.,:/@%+=");

    /// <summary>The text as it is where a shell takes it so, else in single quotes (POSIX, Shell Command Language, 2.2).</summary>
    public static string Of(string text) =>
        text.Length > 0 && !text.AsSpan().ContainsAnyExcept(s_plain) ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
