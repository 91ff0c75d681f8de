namespace TransparentCni.Cni;

/// <summary>
/// Answers for a build without a datapath: every attachment is refused, and nothing was ever wired that DEL or GC
/// could have to remove.
/// </summary>
internal sealed class NoDataplane : IAttachmentService
{
    /// <inheritdoc/>
    public AddOutcome Add(AttachRequest request) => throw Unavailable();

    /// <inheritdoc/>
    public void Del(DetachRequest request)
    {
    }

    /// <inheritdoc/>
    public void Check(AttachRequest request) => throw Unavailable();

    /// <inheritdoc/>
    public void Gc(GcRequest request)
    {
    }

    /// <inheritdoc/>
    public void Status(StatusRequest request) => throw Unavailable();

    private static CniException Unavailable() =>
        new(CniErrorCode.NotAvailable, "this build of tproxy has no datapath");
}
