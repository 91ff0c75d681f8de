namespace TransparentCni.Lab.Traffic;

/// <summary>How long the tests wait. None asserts on time: these only end a wait for what does not come.</summary>
public static class Limits
{
    /// <summary>For what should come.</summary>
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);

    /// <summary>For what should not: long enough for many round trips between namespaces.</summary>
    public static readonly TimeSpan Lost = TimeSpan.FromMilliseconds(300);
}
