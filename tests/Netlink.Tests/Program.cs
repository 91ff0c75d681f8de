using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Tests;

/// <summary>The test assembly as a program: what tests kill.</summary>
internal static class Program
{
    public const string Wire = "wire";
    public const int PairsAtOnce = 20;

    private const int WrongUsage = 2;

    private static int Main(string[] arguments)
    {
        if (arguments is not [Wire, var netns])
            return WrongUsage;
        WireUntilKilled(netns);
        return 0;
    }

    /// <summary>Creates veth pairs with an alias, many in each batch, until somebody puts an end to it.</summary>
    private static void WireUntilKilled(string netns)
    {
        const int MostBatches = 200;
        using var handle = NetnsHandle.Open(netns);
        using var socket = RouteSocket.Open(handle);
        using var batch = new RouteBatch();
        for (var round = 0; round < MostBatches; round++)
        {
            batch.Clear();
            for (var i = 0; i < PairsAtOnce; i++)
                batch.AddVeth(new VethPair
                {
                    Name = $"a{round}.{i}",
                    Alias = $"batch {round}",
                    Peer = new VethPeer { Name = $"b{round}.{i}" },
                });
            socket.Execute(batch);
            Console.WriteLine("done");
        }
    }
}
