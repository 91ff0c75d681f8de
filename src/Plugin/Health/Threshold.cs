namespace TransparentCni.Plugin.Health;

/// <summary>
/// Makes a verdict of answers: one that fails to come may be chance, two in a row are not, and one that comes is proof.
/// </summary>
internal sealed class Threshold
{
    /// <summary>So many answers must fail to come in a row before it is down.</summary>
    public const int FailuresForDown = 2;

    private int _failures;

    /// <summary>Whether it works; null before the first verdict.</summary>
    public bool? IsUp { get; private set; }

    /// <summary>Takes note of an answer.</summary>
    /// <returns>Whether the verdict has changed.</returns>
    public bool Take(bool answered)
    {
        _failures = answered ? 0 : _failures + 1;
        var verdict = answered ? true : _failures >= FailuresForDown ? false : IsUp;
        var isNews = verdict != IsUp;
        IsUp = verdict;
        return isNews;
    }
}
