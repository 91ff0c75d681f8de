using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Support;

/// <summary>A namespace and a socket into its nf_tables.</summary>
internal sealed class NftFixture : IDisposable
{
    public NftFixture() => Socket = NftSocket.Open(Netns.Handle);

    public TestNetns Netns { get; } = new();

    public NftSocket Socket { get; }

    public void Commit(Action<NftBatch> build)
    {
        var batch = new NftBatch();
        build(batch);
        Socket.Commit(batch);
    }

    public void Dispose()
    {
        Socket.Dispose();
        Netns.Dispose();
    }
}
