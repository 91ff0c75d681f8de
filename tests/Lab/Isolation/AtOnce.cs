namespace TransparentCni.Lab.Isolation;

/// <summary>Work that is begun everywhere at the same time, each on a thread of its own.</summary>
public static class AtOnce
{
    /// <summary>Does it, and waits until all of it is done.</summary>
    /// <exception cref="AggregateException">What any of it threw.</exception>
    public static T[] Run<T>(int count, Func<int, T> work)
    {
        var results = new T[count];
        var errors = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                results[i] = work(i);
            }
            catch (Exception exception)
            {
                errors[i] = exception;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return errors.OfType<Exception>().ToList() is { Count: > 0 } thrown ? throw new AggregateException(thrown) : results;
    }

    /// <inheritdoc cref="Run{T}(int, Func{int, T})"/>
    public static void Run(int count, Action<int> work) => Run(count, i =>
    {
        work(i);
        return 0;
    });
}
