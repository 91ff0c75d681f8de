using TransparentCni.Core.Model;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Model;

public sealed class BucketsTests
{
    private const int Pools = 200;

    // What may move beside a newcomer's or a leaver's own share: an eighth of the buckets.
    private const int Unrest = Buckets.Count / 8;

    [Fact]
    public void A_pool_without_members_has_no_buckets() => Assert.Empty(Buckets.Assign([]));

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public void A_pools_only_member_has_them_all(int weight) =>
        Assert.Equal(new int[Buckets.Count], Buckets.Assign([("lab/p1/eth0", weight)]));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    public void Equal_weights_have_equal_shares_to_a_bucket(int weight)
    {
        foreach (var count in Enumerable.Range(1, 40).Concat([64, 100, 127, 128, 200, 255, 256, 257, 300]))
        {
            var shares = Shares([.. Members(count, seed: count).Select(member => (member.Name, weight))]);

            Assert.Equal(Buckets.Count, shares.Sum());
            Assert.True(shares.Max() - shares.Min() <= 1, $"{count} members: {shares.Min()} to {shares.Max()} buckets");
        }
    }

    [Fact]
    public void As_many_members_as_buckets_have_one_each() => Assert.All(Shares(Members(256, seed: 1)), share => Assert.Equal(1, share));

    [Fact]
    public void More_members_than_buckets_have_one_or_none()
    {
        var shares = Shares(Members(300, seed: 1));

        Assert.Equal(256, shares.Count(share => share == 1));
        Assert.Equal(44, shares.Count(share => share == 0));
    }

    [Fact]
    public void Shares_follow_the_weights_to_less_than_two_buckets()
    {
        foreach (var pool in RandomPools())
        {
            var total = pool.Sum(member => member.Weight);
            var shares = Shares(pool);

            for (var i = 0; i < pool.Count; i++)
                Assert.InRange(shares[i] - ((double)Buckets.Count * pool[i].Weight / total), -2, 2);
        }
    }

    [Fact]
    public void The_lightest_member_beside_the_heaviest_has_its_bucket() =>
        Assert.Equal([255, 1], Shares([("lab/heavy/eth0", 256), ("lab/light/eth0", 1)]));

    [Fact]
    public void The_order_of_the_list_does_not_matter()
    {
        foreach (var pool in RandomPools())
        {
            var shuffled = Generators.Shuffled(pool, seed: pool.Count);

            Assert.Equal(Owners(pool), Owners(shuffled));
        }
    }

    [Fact]
    public void A_newcomer_takes_its_share_and_little_else_moves()
    {
        foreach (var pool in RandomPools())
        {
            var before = Owners(pool.SkipLast(1).ToList());
            var after = Owners(pool);

            AssertQuiet(before, after, newcomer: pool[^1].Name);
        }
    }

    [Fact]
    public void A_leaver_gives_up_its_share_and_little_else_moves()
    {
        foreach (var pool in RandomPools())
        {
            var before = Owners(pool);
            var after = Owners(pool.Skip(1).ToList());

            Assert.DoesNotContain(pool[0].Name, after);
            AssertQuiet(after, before, newcomer: pool[0].Name);
        }
    }

    [Fact]
    public void Among_the_others_nobody_gains_by_a_newcomer()
    {
        foreach (var pool in RandomPools())
        {
            var before = Shares(pool.SkipLast(1).ToList());
            var after = Shares(pool);

            for (var i = 0; i < before.Length; i++)
                Assert.True(after[i] <= before[i], $"{pool.Count} members: {before[i]} to {after[i]} buckets");
        }
    }

    [Fact]
    public void Names_spread_their_buckets_over_the_whole_range()
    {
        var owners = Owners(Members(4, seed: 9));
        var quarters = owners.Chunk(Buckets.Count / 4).Select(quarter => quarter.Distinct().Count());

        Assert.All(quarters, count => Assert.Equal(4, count));
    }

    private static void AssertQuiet(string[] without, string[] with, string newcomer)
    {
        var others = Enumerable.Range(0, Buckets.Count).Count(i => without[i] != with[i] && with[i] != newcomer);

        Assert.True(others <= Unrest, $"{with.Distinct().Count()} members: {others} buckets moved among the others");
    }

    // From two members to 128, with equal weights, weights of one digit, and any weights; always the same pools.
    private static IEnumerable<List<(string Name, int Weight)>> RandomPools()
    {
        var random = new Random(1);
        for (var i = 0; i < Pools; i++)
        {
            var heaviest = (i % 3) switch { 0 => 1, 1 => 9, _ => 256 };
            var count = random.Next(2, i % 10 == 0 ? 129 : 17);
            yield return [.. Members(count, random.Next()).Select(member => (member.Name, random.Next(1, heaviest + 1)))];
        }
    }

    private static List<(string Name, int Weight)> Members(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => ($"lab/{random.NextInt64():x16}{i}/eth0", 1))];
    }

    private static int[] Shares(List<(string Name, int Weight)> pool)
    {
        var owners = Buckets.Assign(pool);
        Assert.Equal(Buckets.Count, owners.Length);
        var shares = new int[pool.Count];
        foreach (var owner in owners)
            shares[owner]++;
        return shares;
    }

    private static string[] Owners(IReadOnlyList<(string Name, int Weight)> pool) =>
        Array.ConvertAll(Buckets.Assign(pool), owner => pool[owner].Name);
}
