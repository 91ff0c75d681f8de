using TransparentCni.Core.Model;
using TransparentCni.Dataplane.State;

namespace TransparentCni.Dataplane;

/// <content>What need not be listed again, because nobody has said that it is different.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// How many looks may go by the kernel's news alone before one lists links, routes and rules, and reads what is registered, all
    /// the same: of the IPv4 routes and the nexthops that go with something else the kernel says nothing.
    /// </summary>
    public const int MostBriefLooks = 9;

    // What had been heard before a list that had nothing missing, and what was registered then. Lists of what is registered are
    // the same object as long as nothing of it changes.
    private (long Heard, IReadOnlyList<Attachment> Registered)? _sound;
    private int _briefLooks;

    // For whoever changes something: what it is afterwards is found by a look.
    private NodeLock Turn()
    {
        _sound = null;
        return _state.Lock(Patience);
    }

    private bool MayBeBrief(long? heard) => heard is not null && _sound?.Heard == heard && _briefLooks < MostBriefLooks;

    private bool IsAsFound(IReadOnlyList<Attachment> attachments, long? heard)
    {
        if (!MayBeBrief(heard) || !ReferenceEquals(_sound?.Registered, attachments))
            return false;
        _briefLooks++;
        return true;
    }

    private void Found(IReadOnlyList<Attachment> attachments, long? heard, bool isSound)
    {
        _briefLooks = 0;
        _sound = isSound && heard is { } count ? (count, attachments) : null;
    }
}
