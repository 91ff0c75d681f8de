namespace TransparentCni.Netlink;

/// <summary>
/// A message or an attribute that is being written: disposing of it patches its length. Scopes close in the order that
/// is the reverse of the one they were opened in, which <c>using</c> gives for nothing.
/// </summary>
public readonly ref struct NetlinkScope
{
    private readonly NetlinkWriter _writer;
    private readonly int _start;
    private readonly bool _isMessage;

    internal NetlinkScope(NetlinkWriter writer, int start, bool isMessage)
    {
        _writer = writer;
        _start = start;
        _isMessage = isMessage;
    }

    /// <summary>Bytes in this scope so far, its header included; to split lists before an attribute is full.</summary>
    public int Length => _writer.Length - _start;

    /// <summary>Ends the scope.</summary>
    /// <exception cref="InvalidOperationException">An attribute grew beyond 65,535 bytes.</exception>
    public void Dispose() => _writer.EndScope(_start, _isMessage);
}
