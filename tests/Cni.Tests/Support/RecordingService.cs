using TransparentCni.Core.Configuration;
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

    public Action<AttachmentId, string> OnPrecheck { get; set; } = (_, _) => { };

    public void Precheck(AttachmentId id, string netns) => OnPrecheck(id, netns);

    public Action OnRehearse { get; set; } = () => { };

    public void Rehearse(AttachmentId id, Settings settings) => OnRehearse();

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
