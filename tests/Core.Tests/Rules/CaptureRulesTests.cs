using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

/// <summary>The table inside a proxy that terminates, as text, and the real nft as a judge of it.</summary>
public sealed class CaptureRulesTests
{
    private static readonly AttachmentId s_id = new("lab", "p1", "eth0");

    public static TheoryData<string, string> Captures => new()
    {
        { "tproxy-everything", "Tproxy 3129" },
        { "tproxy-ports", "Tproxy 3131,443=3130,udp/53=5300,80=3129" },
        { "redirect-everything", "Redirect 3129" },
        { "redirect-ports", "Redirect 443=3130,udp/53=5300,80=3129" },
    };

    [Theory, MemberData(nameof(Captures))]
    public void Rules_read_as_expected(string name, string capture) => Expected.Is($"capture/{name}", Rules(capture).Create());

    [Fact]
    public void Every_expected_text_is_compared_with_something() =>
        Assert.Equal(
            Captures.Select(row => (string)row[0]).Order(),
            Directory.GetFiles(Path.Combine(Expected.Folder, "capture"), "*.nft").Select(Path.GetFileNameWithoutExtension).Order());

    [Theory, MemberData(nameof(Captures))]
    public void The_real_nft_takes_it_and_takes_it_away_again(string name, string capture)
    {
        Assert.NotEmpty(name);
        using var node = new ScratchNode();
        node.Apply(Rules(capture).Create());
        node.Apply([new NftOperation.DeleteTable(Names.Table), .. Rules(capture).Create()]);
        node.Apply([new NftOperation.DeleteTable(Names.Table)]);
        Assert.Equal("", node.Ruleset());
    }

    [Theory, MemberData(nameof(Captures))]
    public void Everything_that_the_rules_refer_to_is_there_before(string name, string capture)
    {
        Assert.NotEmpty(name);
        new References().Read(Rules(capture).Create());
    }

    [Theory]
    [InlineData(0x00000fffu)]
    [InlineData(0xf0000000u)]
    public void One_bit_is_set_on_packets_and_no_other_touched(uint mask)
    {
        var layout = new NodeLayout { MarkMask = mask };
        var set = Assert.Single(
            Rules("Tproxy 3129", layout: layout).Chains.SelectMany(chain => chain.Rules)
                .SelectMany(rule => rule.Statements).OfType<NftStatement.SetMark>());
        Assert.Equal((MarkOf.Packet, ~layout.TopBit, layout.TopBit), (set.Of, set.Keep, set.Value));
    }

    [Theory]
    [InlineData("Tproxy 3129")]
    [InlineData("Redirect 3129")]
    public void A_zone_is_named_nowhere(string capture) =>
        Assert.DoesNotContain(Rules(capture).Create(), operation => $"{operation}".Contains("zone", StringComparison.Ordinal));

    [Fact]
    public void The_fingerprint_tells_whose_it_is_and_what()
    {
        var fingerprint = Rules("Tproxy 3129").Fingerprint;

        Assert.Equal(s_id.Key, CaptureRules.KeyOf(fingerprint));
        Assert.Equal(fingerprint, Rules("Tproxy 3129").Fingerprint);
        Assert.Equal(fingerprint, Assert.IsType<NftOperation.AddTable>(Rules("Tproxy 3129").Create()[0]).Comment);
        string[] others =
        [
            Rules("Redirect 3129").Fingerprint, Rules("Tproxy 3130").Fingerprint, Rules("Tproxy 80=3129").Fingerprint,
            Rules("Tproxy 3129", device: "tproxy0").Fingerprint, Rules("Tproxy 3129", layout: new NodeLayout { MarkMask = 0xff }).Fingerprint,
            Rules("Tproxy 3129", id: s_id with { ContainerId = "p2" }).Fingerprint,
        ];
        Assert.Equal(others.Length, others.Append(fingerprint).Distinct().Count() - 1);
    }

    [Fact]
    public void The_order_in_which_ports_are_written_does_not_matter()
    {
        Assert.Equal(Rules("Tproxy 80=1,443=2,udp/80=3,4").Fingerprint, Rules("Tproxy 4,udp/80=3,443=2,80=1").Fingerprint);
        Assert.Equal(Parse("Redirect 80=1,2"), Parse("Redirect 2,80=1"));
        Assert.NotEqual(Parse("Redirect 80=1,2"), Parse("Redirect 80=1,3"));
        Assert.NotEqual(Parse("Redirect 2"), Parse("Tproxy 2"));
    }

    [Theory]
    [InlineData("3129", null, 3129, 6)]
    [InlineData("80=3129", 80, 3129, 6)]
    [InlineData("tcp/80=3129", 80, 3129, 6)]
    [InlineData("udp/53=5300", 53, 5300, 17)]
    [InlineData("65535=65535", 65535, 65535, 6)]
    public void A_port_is_read_and_written(string text, int? destination, int port, int protocol)
    {
        var read = ListenPort.Parse(text)!.Value;

        Assert.Equal((destination, port, protocol), (read.Destination, read.Port, read.Protocol));
        Assert.Equal(read, ListenPort.Parse($"{read}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("80=")]
    [InlineData("=80")]
    [InlineData("0=80")]
    [InlineData("80=3129=1")]
    [InlineData("udp/5300")]
    [InlineData("tcp/5300")]
    [InlineData("udp/=5300")]
    [InlineData("sctp/80=3129")]
    [InlineData("UDP/53=5300")]
    [InlineData("/53=5300")]
    [InlineData("80-90=3129")]
    public void Other_texts_are_no_port(string text) => Assert.Null(ListenPort.Parse(text));

    private static CaptureRules Rules(string capture, AttachmentId? id = null, string device = "eth0", NodeLayout? layout = null) =>
        new(layout ?? Samples.Layout, id ?? s_id, device, Parse(capture));

    private static Capture Parse(string text)
    {
        var words = text.Split(' ');
        return new Capture(Enum.Parse<ProxyMode>(words[0]), [.. words[1].Split(',').Select(port => ListenPort.Parse(port)!.Value)]);
    }
}
