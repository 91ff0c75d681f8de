using static TransparentCni.Netlink.NfTables.NfTablesConstants;

namespace TransparentCni.Netlink.NfTables;

/// <summary>
/// nf_tables of one network namespace, read and changed without nft. Needs <c>CAP_NET_ADMIN</c> in the namespace. Not
/// for several threads at once. See <c>net/netfilter/nf_tables_api.c</c>.
/// </summary>
public sealed partial class NftSocket : IDisposable
{
    private readonly NetlinkSocket _socket;
    private readonly NetlinkWriter _writer = new();
    private readonly NftTransaction _transaction;

    private NftSocket(NetlinkSocket socket)
    {
        _socket = socket;
        _transaction = new NftTransaction(_writer);
    }

    /// <summary>Opens a socket in the calling thread's network namespace.</summary>
    /// <exception cref="NetlinkException">The kernel has no nfnetlink.</exception>
    public static NftSocket Open() => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter));

    /// <summary>Opens a socket in another network namespace; the calling thread stays where it is.</summary>
    /// <exception cref="NetlinkException">The kernel has no nfnetlink.</exception>
    public static NftSocket Open(NetnsHandle netns) => new(NetlinkSocket.Open(NetlinkProtocol.Netfilter, netns));

    /// <summary>The kernel's number for this socket: news of what it changes carries it.</summary>
    public uint PortId => _socket.PortId;

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _writer.Dispose();
    }

    /// <summary>
    /// The number of the rules' present state: it goes up with every commit in this namespace, of whatever program.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public uint GetGeneration()
    {
        _writer.Clear();
        using (_writer.BeginNfTables(NFT_MSG_GETGEN, NetlinkFlags.None, null))
        {
        }

        return GetOne<uint>(TryReadGeneration, "get generation of", "nf_tables", out var generation)
            ? generation
            : throw new NetlinkException(Errno.ENODATA, "get generation of", "nf_tables");
    }

    /// <summary>Makes the changes of a batch, all of them or none.</summary>
    /// <param name="batch">The changes; none is fine.</param>
    /// <param name="generation">
    /// The generation that the batch was made for: if the rules have changed since, nothing is done, and the error is
    /// <see cref="Errno.ERESTART"/>. Null to go by whatever is there.
    /// </param>
    /// <exception cref="NetlinkException">
    /// The kernel refused. The error names the first operation that failed, and where the kernel says so its element,
    /// expression or other part.
    /// </exception>
    public void Commit(NftBatch batch, uint? generation = null)
    {
        if (Send(batch, generation) is { } failure)
            throw _transaction.Explain(batch, failure);
    }

    /// <summary>Makes the changes of a batch if the rules have not changed since.</summary>
    /// <param name="batch">The changes; none is fine.</param>
    /// <param name="generation">The generation that the batch was made for.</param>
    /// <returns>False if the generation is over; read again and make another batch.</returns>
    /// <exception cref="NetlinkException">The kernel refused for another reason; as <see cref="Commit"/>.</exception>
    public bool TryCommit(NftBatch batch, uint generation)
    {
        if (Send(batch, generation) is not { } failure)
            return true;
        return NftTransaction.IsStale(failure) ? false : throw _transaction.Explain(batch, failure);
    }

    private NetlinkFailure? Send(NftBatch batch, uint? generation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0)
            return null;
        _transaction.Write(batch, generation);
        var failures = _socket.TransactBatch(_writer, "commit", "nf_tables batch");
        return failures.Count > 0 ? failures[0] : null;
    }

    /// <summary>Sends the get that was written and reads the one object that is the answer.</summary>
    /// <returns>False if the kernel says ENOENT.</returns>
    private bool GetOne<T>(NetlinkParser<T> parse, string operation, string target, out T value)
    {
        var values = new List<T>(1);
        var failures = _socket.Transact(_writer, operation, target, parse, values);
        if (failures.Count > 0 && failures[0].Errno != Errno.ENOENT)
            throw new NetlinkException(failures[0], operation, target);
        value = values.Count > 0 ? values[0] : default!;
        return values.Count > 0;
    }

    private static bool TryReadGeneration(NetlinkMessage message, out uint generation)
    {
        generation = 0;
        if (!NfTablesMessage.Is(message, NFT_MSG_NEWGEN))
            return false;
        generation = message.Attributes<NfGenHeader>().RequireUInt32BigEndian(NFTA_GEN_ID);
        return true;
    }
}
