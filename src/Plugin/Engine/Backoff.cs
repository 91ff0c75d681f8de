namespace TransparentCni.Plugin.Engine;

/// <summary>Pauses that double up to a limit, each up to half shorter by chance, so that many do not come back at once.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private int _doublings;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var pause = first * Math.Pow(2, _doublings);
        if (pause < longest)
            _doublings++;
        else
            pause = longest;
        return pause * (1 - (Random.Shared.NextDouble() / 2));
    }

    /// <summary>Begins anew: it went well.</summary>
    public void Reset() => _doublings = 0;
}
