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

    /// <summary>Sends them; entries that ended by themselves meanwhile are fine.</summary>
    /// <remarks>
    /// Nothing is acknowledged: what is not refused is done, and refusals are there when <c>sendmsg</c> returns.
    /// </remarks>
    public void Send(NetlinkSocket socket)
    {
        foreach (var portion in _portions)
        {
            foreach (var failure in socket.Transact(portion, "delete conntrack entries"))
            {
                if (failure.Errno != Errno.ENOENT)
                    throw new NetlinkException(failure, "delete conntrack entry");
            }
        }
    }

    public void Dispose()
    {
        foreach (var portion in _portions)
            portion.Dispose();
    }
}
