using System.Diagnostics;

namespace TransparentCni.Lab.Isolation;

/// <summary>Waits for what comes about by itself.</summary>
public static class Until
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until something holds.</summary>
    /// <param name="holds">The question; asked again and again.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="otherwise">More for the message.</param>
    /// <exception cref="TimeoutException">It does not hold in time.</exception>
    public static void Holds(Func<bool> holds, string what, Func<string>? otherwise = null)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (clock.Elapsed > s_patience)
                throw new TimeoutException($"not in {s_patience.TotalSeconds} s: {what}\n{otherwise?.Invoke()}");
            Thread.Sleep(5);
        }
    }
}
