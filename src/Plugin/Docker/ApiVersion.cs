using System.Globalization;

namespace TransparentCni.Plugin.Docker;

/// <summary>A version of Docker's Engine API, such as 1.41.</summary>
internal readonly record struct ApiVersion(int Major, int Minor) : IComparable<ApiVersion>
{
    /// <summary>That of engine 20.10, the oldest whose answers are known to hold all that is needed.</summary>
    public static ApiVersion Oldest { get; } = new(1, 41);

    /// <summary>The newest whose answers are known; newer engines still speak it.</summary>
    public static ApiVersion Newest { get; } = new(1, 51);

    /// <summary>Reads <c>1.41</c>; null for anything else.</summary>
    public static ApiVersion? Parse(string? text)
    {
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        return dot > 0 && Number(text.AsSpan(0, dot)) is { } major && Number(text.AsSpan(dot + 1)) is { } minor
            ? new ApiVersion(major, minor)
            : null;
    }

    /// <summary>The newest version that both sides speak; null where there is none.</summary>
    /// <param name="engine">The engine's newest.</param>
    /// <param name="engineOldest">The engine's oldest; null where it does not say.</param>
    public static ApiVersion? Common(ApiVersion engine, ApiVersion? engineOldest)
    {
        var common = engine.CompareTo(Newest) < 0 ? engine : Newest;
        return common.CompareTo(Oldest) >= 0 && (engineOldest is not { } oldest || common.CompareTo(oldest) >= 0)
            ? common
            : null;
    }

    /// <inheritdoc/>
    public int CompareTo(ApiVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    private static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
