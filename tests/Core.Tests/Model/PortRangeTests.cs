using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Model;

public sealed class PortRangeTests
{
    [Theory]
    [InlineData("tcp/80", "tcp", 80, 80)]
    [InlineData("udp/53", "udp", 53, 53)]
    [InlineData("sctp/3868", "sctp", 3868, 3868)]
    [InlineData("dccp/1", "dccp", 1, 1)]
    [InlineData("udplite/65535", "udplite", 65535, 65535)]
    [InlineData("tcp/8000-8100", "tcp", 8000, 8100)]
    [InlineData("tcp/80-80", "tcp", 80, 80)]
    [InlineData("tcp/1-65535", "tcp", 1, 65535)]
    [InlineData("tcp", "tcp", 0, 65535)]
    [InlineData("icmp", "icmp", 0, 65535)]
    public void A_port_a_range_or_a_whole_protocol_is_read(string text, string protocol, ushort first, ushort last) =>
        Assert.Equal(new PortRange(protocol, first, last), PortRange.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/80")]
    [InlineData("80")]
    [InlineData("tcp/")]
    [InlineData("tcp/0")]
    [InlineData("tcp/0-80")]
    [InlineData("tcp/65536")]
    [InlineData("tcp/1-65536")]
    [InlineData("tcp/81-80")]
    [InlineData("tcp/-80")]
    [InlineData("tcp/80-")]
    [InlineData("tcp/-")]
    [InlineData("tcp/80-81-82")]
    [InlineData("tcp/+80")]
    [InlineData("tcp/-1-80")]
    [InlineData("tcp/ 80")]
    [InlineData("tcp/80 ")]
    [InlineData(" tcp/80")]
    [InlineData("tcp /80")]
    [InlineData("tcp/80\n")]
    [InlineData("tcp/http")]
    [InlineData("tcp/0x50")]
    [InlineData("tcp/8e1")]
    [InlineData("tcp/8_0")]
    [InlineData("tcp/٨٠")]
    [InlineData("tcp/80/81")]
    [InlineData("tcp/80,tcp/443")]
    [InlineData("TCP/80")]
    [InlineData("icmp/8")]
    [InlineData("icmp/")]
    [InlineData("icmpv6")]
    [InlineData("gre")]
    [InlineData("6/80")]
    [InlineData("*")]
    public void Anything_else_is_refused(string text) => Assert.Null(PortRange.Parse(text));

    [Fact]
    public void What_it_prints_it_reads() =>
        Prop.ForAll(Generators.PortRange.ToArbitrary(), range => PortRange.Parse(range.ToString()) == range)
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("tcp/80-80", "tcp/80")]
    [InlineData("tcp/0080", "tcp/80")]
    [InlineData("udp", "udp")]
    public void It_prints_the_shortest_form(string text, string shortest) => Assert.Equal(shortest, PortRange.Parse(text).ToString());

    // IANA, "Assigned Internet Protocol Numbers"; icmp is ICMP (1) and ICMPv6 (58).
    [Theory]
    [InlineData("tcp", 6)]
    [InlineData("udp", 17)]
    [InlineData("sctp", 132)]
    [InlineData("dccp", 33)]
    [InlineData("udplite", 136)]
    [InlineData("icmp", 1, 58)]
    public void A_protocol_has_the_numbers_of_the_ip_header(string text, params int[] numbers) =>
        Assert.Equal(numbers, PortRange.Parse(text)!.Value.Numbers.Select(number => (int)number));

    [Fact]
    public void A_protocol_that_cannot_be_named_has_no_number()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new PortRange("gre", 0, ushort.MaxValue).Numbers);

        Assert.Contains("gre", error.Message, StringComparison.Ordinal);
    }
}
