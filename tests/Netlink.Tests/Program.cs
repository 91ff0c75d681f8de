using TransparentCni.Netlink.Rtnetlink;

namespace TransparentCni.Netlink.Tests;

/// <summary>The test assembly as a program: what tests kill, or run with fewer rights.</summary>
internal static class Program
{
    public const string Wire = "wire";
    public const string Reach = "reach";
    public const int PairsAtOnce = 20;

    private const int WrongUsage = 2;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [Wire, var netns]:
                WireUntilKilled(netns);
                return 0;
            case [Reach, var netns]:
                Console.WriteLine(Names(netns));
                return 0;
            default:
                return WrongUsage;
        }
    }

    /// <summary>What a socket that is opened in a namespace sees there, and where the thread is afterwards.</summary>
    public static string Names(string netns)
    {
        using var handle = NetnsHandle.Open(netns);
        using var socket = RouteSocket.Open(handle);
        using var after = NetnsHandle.Current();
        return $"{string.Join(' ', socket.ListLinks().Select(link => link.Name))} {after.Identity}";
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
