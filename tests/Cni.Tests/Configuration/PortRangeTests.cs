using TransparentCni.Cni.Configuration;

namespace TransparentCni.Cni.Tests.Configuration;

public sealed class PortRangeTests
{
    [Theory]
    [InlineData("tcp/1", PortProtocol.Tcp, 1, 1)]
    [InlineData("udp/53", PortProtocol.Udp, 53, 53)]
    [InlineData("sctp/65535", PortProtocol.Sctp, 65535, 65535)]
    [InlineData("udplite/5-6", PortProtocol.UdpLite, 5, 6)]
    [InlineData("dccp/1-65535", PortProtocol.Dccp, 1, 65535)]
    public void A_protocol_and_a_port_or_two_make_a_range(string text, object protocol, ushort first, ushort last)
    {
        var range = Assert.NotNull(PortRange.Parse(text));
        Assert.Equal(new PortRange((PortProtocol)protocol, first, last), range);
        Assert.Equal(text, range.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("tcp")]
    [InlineData("tcp/")]
    [InlineData("/80")]
    [InlineData("TCP/80")]
    [InlineData("icmp/8")]
    [InlineData("80/tcp")]
    [InlineData("tcp/0")]
    [InlineData("tcp/65536")]
    [InlineData("tcp/-80")]
    [InlineData("tcp/80-")]
    [InlineData("tcp/90-80")]
    [InlineData("tcp/80-90-100")]
    [InlineData("tcp/80:90")]
    [InlineData("tcp/ 80")]
    [InlineData("tcp/+80")]
    [InlineData("tcp/http")]
    public void Anything_else_is_none(string text) => Assert.Null(PortRange.Parse(text));

    [Theory]
    [InlineData("tcp/80", "tcp/80")]
    [InlineData("udp/53,tcp/443,tcp/80", "tcp/80,tcp/443,udp/53")]
    [InlineData("tcp/80-90,tcp/85-100", "tcp/80-100")]
    [InlineData("tcp/80-100,tcp/85-90,tcp/100", "tcp/80-100")]
    [InlineData("tcp/81,tcp/80,tcp/82", "tcp/80-82")]
    [InlineData("tcp/80,udp/81", "tcp/80,udp/81")]
    [InlineData("tcp/65535,tcp/1-65534", "tcp/1-65535")]
    public void Ranges_are_sorted_and_those_that_touch_are_joined(string wishes, string normalized) =>
        Assert.Equal(normalized, string.Join(',', PortRange.Normalize([.. wishes.Split(',').Select(w => PortRange.Parse(w)!.Value)])));

    [Theory]
    [InlineData("3129", null, 3129)]
    [InlineData("80=3129", 80, 3129)]
    public void A_listening_port_may_be_for_one_destination(string text, int? destination, ushort port) =>
        Assert.Equal(new ListenPort((ushort?)destination, port), ListenPort.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("=")]
    [InlineData("=80")]
    [InlineData("80=")]
    [InlineData("80=81=82")]
    [InlineData("0=80")]
    public void Anything_else_is_no_listening_port(string text) => Assert.Null(ListenPort.Parse(text));
}
