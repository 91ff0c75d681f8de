using TransparentCni.Netlink.NfTables;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Support;

/// <summary>
/// Applies a script with nft in one namespace and a batch in another, and asks nft to list both: the texts must be the
/// same. What the batch made is also read back, and must not hold anything unknown.
/// </summary>
internal static class Judge
{
    public static void SameListing(string script, Action<NftBatch> build, Action<TestNetns>? prepare = null)
    {
        using var theirs = new TestNetns();
        using var ours = new TestNetns();
        prepare?.Invoke(theirs);
        prepare?.Invoke(ours);
        theirs.Apply(script);
        var expected = theirs.ListRuleset();
        Assert.NotEqual("", expected);

        using var socket = NftSocket.Open(ours.Handle);
        var batch = new NftBatch();
        build(batch);
        socket.Commit(batch);
        Assert.Equal(expected, ours.ListRuleset());
        NothingIsUnknown(socket);
    }

    private static void NothingIsUnknown(NftSocket socket)
    {
        foreach (var table in socket.ListTables())
        {
            foreach (var rule in socket.ListRules(table.Family, table.Name))
                Assert.DoesNotContain(rule.Expressions, expression => expression is UnknownExpression);
        }
    }
}
