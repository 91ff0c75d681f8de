using System.Text;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests.Model;

public sealed class AttachmentIdTests
{
    // nft refuses a comment of more bytes than this (NFTNL_UDATA_COMMENT_MAXLEN, the closing zero included).
    private const int LongestComment = 128;

    private static readonly AttachmentId s_id = new("lab", "c1", "eth0");

    [Fact]
    public void The_owner_names_network_container_and_interface() => Assert.Equal("lab/c1/eth0", s_id.Owner);

    [Fact]
    public void It_prints_itself_whole_however_long()
    {
        var id = new AttachmentId("lab", new string('c', 300), "eth0");

        Assert.Equal($"lab/{new string('c', 300)}/eth0", id.ToString());
    }

    [Fact]
    public void A_docker_id_still_fits_as_it_stands()
    {
        var id = new AttachmentId("lab", new string('f', 64), "eth0");

        Assert.Equal($"lab/{new string('f', 64)}/eth0", id.Owner);
    }

    [Theory]
    [InlineData(3, 64, "eth0")]
    [InlineData(3, 110, "eth0")]
    [InlineData(3, 111, "eth0")]
    [InlineData(3, 253, "eth0")]
    [InlineData(64, 64, "abcdefghijklmno")]
    [InlineData(65, 64, "eth0")]
    [InlineData(115, 1, "e")]
    [InlineData(253, 253, "abcdefghijklmno")]
    [InlineData(50, 63, "東京東京東")]
    public void An_owner_fits_into_a_comment_whatever_the_names(int network, int container, string interfaceName)
    {
        var id = new AttachmentId(new string('n', network), new string('c', container), interfaceName);

        Assert.InRange(Encoding.UTF8.GetByteCount(id.Owner), 1, LongestComment - 1);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(110)]
    [InlineData(253)]
    public void An_attachment_belongs_to_its_own_network_however_long_the_names(int network)
    {
        var name = new string('n', network);

        foreach (var container in new[] { 1, 64, 253 })
            Assert.True(AttachmentId.OwnerIsOf(new AttachmentId(name, new string('c', container), "eth0").Owner, name));
    }

    [Theory]
    [InlineData("a", "ab")]
    [InlineData("ab", "a")]
    [InlineData("a", "b")]
    [InlineData("a", "A")]
    [InlineData("a", "a.b")]
    [InlineData("a", "a/b")]
    [InlineData("a/b", "a")]
    [InlineData("a", "a/#b")]
    public void An_attachment_belongs_to_no_other_network(string network, string other)
    {
        foreach (var container in new[] { 1, 64, 253 })
            Assert.False(AttachmentId.OwnerIsOf(new AttachmentId(network, new string('c', container), "eth0").Owner, other));
    }

    [Fact]
    public void Long_networks_that_begin_alike_are_told_apart()
    {
        var (one, other) = (new string('n', 200) + "1", new string('n', 200) + "2");

        Assert.False(AttachmentId.OwnerIsOf(new AttachmentId(one, "c1", "eth0").Owner, other));
        Assert.False(AttachmentId.OwnerIsOf(new AttachmentId(one, "c1", "eth0").Owner, new string('n', 200)));
    }

    [Fact]
    public void A_network_is_no_owner() => Assert.False(AttachmentId.OwnerIsOf("lab", "lab"));

    [Fact]
    public void Long_attachments_of_one_network_have_owners_of_their_own()
    {
        var prefix = new string('c', 200);

        Assert.NotEqual(new AttachmentId("lab", prefix + "1", "eth0").Owner, new AttachmentId("lab", prefix + "2", "eth0").Owner);
        Assert.NotEqual(new AttachmentId("lab", prefix, "eth0").Owner, new AttachmentId("lab", prefix, "eth1").Owner);
    }

    [Theory]
    [InlineData("other", "c1", "eth0")]
    [InlineData("lab", "c2", "eth0")]
    [InlineData("lab", "c1", "eth1")]
    public void Network_container_and_interface_each_make_another_attachment(string network, string container, string interfaceName)
    {
        var other = new AttachmentId(network, container, interfaceName);

        Assert.NotEqual(s_id, other);
        Assert.NotEqual(s_id.Key, other.Key);
        Assert.NotEqual(s_id.Owner, other.Owner);
        Assert.NotEqual(s_id.HostInterface, other.HostInterface);
    }

    [Fact]
    public void The_same_names_are_the_same_attachment()
    {
        var same = new AttachmentId("lab", "c1", "eth0");

        Assert.Equal(s_id, same);
        Assert.Equal(s_id.GetHashCode(), same.GetHashCode());
        Assert.Equal(s_id.Key, same.Key);
    }

    [Fact]
    public void A_changed_copy_is_named_by_what_it_says()
    {
        var copy = s_id with { InterfaceName = "eth1" };

        Assert.Equal(new AttachmentId("lab", "c1", "eth1"), copy);
        Assert.Equal("lab/c1/eth1", copy.Owner);
        Assert.Equal(new AttachmentId("lab", "c1", "eth1").Key, copy.Key);
    }

    [Fact]
    public void The_key_is_sixteen_digits_that_suit_a_file_name() => Assert.Matches("^[0-9a-f]{16}$", s_id.Key);

    [Fact]
    public void The_interface_is_as_long_as_the_kernel_allows_and_named_by_the_key()
    {
        Assert.Equal(15, Encoding.UTF8.GetByteCount(s_id.HostInterface));
        Assert.StartsWith("tp" + s_id.Key[..13], s_id.HostInterface, StringComparison.Ordinal);
    }

    [Fact]
    public void An_alias_leads_back_to_the_owner() => Assert.Equal("lab/c1/eth0", AttachmentId.OwnerOfAlias(s_id.Alias));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("lab/c1/eth0")]
    [InlineData("Transparent-CNI:lab/c1/eth0")]
    [InlineData("uplink to the office")]
    public void Somebody_elses_alias_leads_nowhere(string? alias) => Assert.Null(AttachmentId.OwnerOfAlias(alias));

    [Fact]
    public void The_longest_alias_fits_the_kernel() =>
        // IFALIASZ is 256, the closing zero included.
        Assert.InRange(
            Encoding.UTF8.GetByteCount(new AttachmentId(new string('n', 253), new string('c', 253), "eth0").Alias), 1, 255);
}
