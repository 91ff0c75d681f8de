namespace TransparentCni.Plugin.Engine;

/// <summary>Where a look at the node is asked for.</summary>
internal sealed class RepairRequests : IRepairs
{
    private readonly Signal _wanted = new();

    /// <inheritdoc/>
    public void Request() => _wanted.Set();

    /// <summary>Waits until one is asked for.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _wanted.WaitAsync(cancellation);
}
