namespace TransparentCni.Netlink.Conntrack;

/// <summary>Messages that delete entries, in portions that go out at once.</summary>
internal sealed class ConntrackDeletes : IDisposable
{
    // A message has about a hundred bytes; this many stay below the send buffer that a socket starts with.
    private const int AtOnce = 1024;

    private readonly List<NetlinkWriter> _portions = [];

    public void Add(in ConntrackParser entry)
    {
        if (_portions is not [.., { MessageCount: < AtOnce }])
            _portions.Add(new NetlinkWriter());
        ConntrackMessages.Delete(_portions[^1], in entry);
    }

    /// <summary>Sends them.</summary>
    /// <returns>How many entries were deleted.</returns>
    /// <remarks>
    /// Nothing is acknowledged: what is not refused is done, and refusals are there when <c>sendmsg</c> returns.
    /// </remarks>
    public int Send(NetlinkSocket socket)
    {
        var deleted = 0;
        foreach (var portion in _portions)
        {
            deleted += portion.MessageCount;
            foreach (var failure in socket.Transact(portion, "delete conntrack entries"))
            {
                if (failure.Errno != Errno.ENOENT)
                    throw new NetlinkException(failure, "delete conntrack entry");
                deleted--;
            }
        }

        return deleted;
    }

    public void Dispose()
    {
        foreach (var portion in _portions)
            portion.Dispose();
    }
}
