using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests.Model;

public sealed class LinkIndexTests
{
    private static readonly AttachmentId[] s_many = [.. Enumerable.Range(0, 10_000).Select(number => new AttachmentId("net", $"c{number}", "eth0"))];

    // The kernel's list is that of the last eight bits.
    [Theory]
    [InlineData(Role.Client, 64, 255)]
    [InlineData(Role.None, 64, 255)]
    [InlineData(Role.Proxy, 32, 63)]
    public void Clients_and_proxies_have_lists_of_their_own_and_fill_them_evenly(Role role, int first, int last)
    {
        var lists = s_many.CountBy(id => LinkIndex.Of(id, role) & 255).ToDictionary();
        Assert.Equal(Enumerable.Range(first, last - first + 1), lists.Keys.Order());
        var mean = s_many.Length / (double)lists.Count;
        Assert.All(lists.Values, count => Assert.InRange(count, mean * 0.5, mean * 1.6));
    }

    [Fact]
    public void An_attachment_has_the_same_index_each_time_and_few_share_one()
    {
        Assert.Equal(LinkIndex.Of(s_many[7], Role.Client), LinkIndex.Of(s_many[7] with { }, Role.Client));
        Assert.InRange(s_many.Select(id => LinkIndex.Of(id, Role.Client)).Distinct().Count(), 9_000, 10_000);
    }

    [Fact]
    public void What_follows_one_that_is_taken_stays_in_its_list_and_comes_round()
    {
        var start = LinkIndex.Of(s_many[0], Role.Client);
        HashSet<int> seen = [];
        for (var index = start; seen.Add(index); index = LinkIndex.Next(index))
        {
            Assert.Equal(start & 255, index & 255);
            Assert.InRange(index, 0x40000000, 0x4001ffff);
        }

        Assert.Equal(512, seen.Count);
    }
}
