using TransparentCni.Core.Model;

namespace TransparentCni.Cni.Tests.Support;

/// <summary>Remembers what it was asked, and answers what the test wants.</summary>
internal sealed class RecordingService : IAttachmentService
{
    public static readonly VethPair Veth = new("veth1234", "02:00:00:00:00:01", "02:00:00:00:00:02", 1500);

    public List<object> Requests { get; } = [];

    public Func<AttachRequest, AddOutcome> OnAdd { get; set; } =
        request => new AddOutcome(request.Chained ? null : Veth);

    /// <summary>Thrown by every verb but ADD.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What was asked about a namespace before anything was changed.</summary>
    public List<(string Netns, AttachmentId Id, bool Chained)> Verified { get; } = [];

    /// <summary>Thrown when a namespace is asked about.</summary>
    public Exception? BadNetns { get; set; }

    public void Verify(string netns, AttachmentId id, bool chained)
    {
        Verified.Add((netns, id, chained));
        if (BadNetns is not null)
            throw BadNetns;
    }

    public AddOutcome Add(AttachRequest request)
    {
        Requests.Add(request);
        return OnAdd(request);
    }

    public void Del(DetachRequest request, Action unreachable)
    {
        Record(request);
        unreachable();
    }

    public void Check(AttachRequest request) => Record(request);

    public void Gc(GcRequest request) => Record(request);

    public void Status(StatusRequest request) => Record(request);

    private void Record(object request)
    {
        Requests.Add(request);
        if (Failure is not null)
            throw Failure;
    }
}
