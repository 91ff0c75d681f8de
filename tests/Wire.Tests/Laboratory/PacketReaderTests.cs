using System.Net;
using System.Net.NetworkInformation;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Wire.Tests.Laboratory;

public sealed class PacketReaderTests
{
    [Theory]
    [InlineData("10.0.0.1:1000", "8.8.8.8:53")]
    [InlineData("[fd00::1]:1000", "[2001:db8::1]:53")]
    public void A_datagram_is_read_as_it_was_written(string from, string to)
    {
        var packet = PacketReader.Ip(Frames.Udp(IPEndPoint.Parse(from), IPEndPoint.Parse(to), size: 5));
        Assert.Equal((from, to), (packet.From, packet.To));
        Assert.Equal(Protocols.Udp, packet.Protocol);
        Assert.Equal(5, packet.Payload.Length);
        Assert.False(packet.IsFragment);
    }

    [Fact]
    public void A_segment_has_its_flags()
    {
        var packet = PacketReader.Ip(Frames.TcpSyn(IPEndPoint.Parse("10.0.0.1:1000"), IPEndPoint.Parse("8.8.8.8:80")));
        Assert.Equal(TcpFlags.Syn, packet.TcpFlags);
        Assert.Equal(40, packet.Length);
    }

    [Theory]
    [InlineData("10.0.0.1", "8.8.8.8", 8)]
    [InlineData("fd00::1", "2001:db8::1", 128)]
    public void An_echo_request_has_its_identifier_for_a_source_port(string from, string to, byte type)
    {
        var packet = PacketReader.Ip(Frames.EchoRequest(IPAddress.Parse(from), IPAddress.Parse(to), 77));
        Assert.Equal(type, packet.IcmpType);
        Assert.Equal(((ushort?)77, null), (packet.SourcePort, packet.DestinationPort));
    }

    [Fact]
    public void An_error_quotes_the_packet_that_it_is_about()
    {
        var quoted = Frames.Udp(IPEndPoint.Parse("10.0.0.1:1000"), IPEndPoint.Parse("8.8.8.8:53"));
        byte[] error = [3, 3, 0, 0, 0, 0, 0, 0, .. quoted];
        var packet = PacketReader.Ip(Frames.Ip(IPAddress.Parse("8.8.8.8"), IPAddress.Parse("10.0.0.1"), Protocols.Icmp, error));
        Assert.Equal("10.0.0.1:1000", packet.Quoted?.From);
        Assert.Contains("about (10.0.0.1:1000 > 8.8.8.8:53 UDP)", packet.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_fragment_has_a_protocol_but_no_ports()
    {
        var bytes = Frames.Udp(IPEndPoint.Parse("10.0.0.1:1000"), IPEndPoint.Parse("8.8.8.8:53"));
        bytes[7] = 10;
        var packet = PacketReader.Ip(bytes);
        Assert.True(packet.IsFragment);
        Assert.Equal(Protocols.Udp, packet.Protocol);
        Assert.Null(packet.SourcePort);
    }

    [Fact]
    public void An_IPv6_fragment_is_read_behind_its_extension_header()
    {
        byte[] datagram = [3, 232, 0, 53, 0, 8, 0, 0];
        byte[] first = [Protocols.Udp, 0, 0, 1, 0, 0, 0, 9, .. datagram];
        var packet = PacketReader.Ip(Frames.Ip(IPAddress.Parse("fd00::1"), IPAddress.Parse("2001:db8::1"), 44, first));
        Assert.True(packet.IsFragment);
        Assert.Equal((Protocols.Udp, (ushort?)1000), (packet.Protocol, packet.SourcePort));
    }

    [Fact]
    public void An_address_resolution_answer_has_the_claimed_address_for_a_source()
    {
        var mac = PhysicalAddress.Parse("0A-00-00-00-00-01");
        var claim = Frames.ArpClaim(mac, IPAddress.Parse("10.0.0.7"), mac, IPAddress.Parse("10.0.0.9"));
        byte[] frame = [.. new byte[12], 8, 6, .. claim];
        var packet = PacketReader.Frame(frame);
        Assert.Equal(("10.0.0.7", "10.0.0.9"), (packet.From, packet.To));
        Assert.True(packet.IsHousekeeping);
    }

    [Theory]
    [InlineData("")]
    [InlineData("000000000000000000000000")]
    [InlineData("0000000000000000000000000800")]
    [InlineData("000000000000000000000000080045")]
    [InlineData("00000000000000000000000086dd60")]
    [InlineData("00000000000000000000000081000001")]
    public void What_is_cut_short_is_left_unread(string hex)
    {
        var packet = PacketReader.Frame(Convert.FromHexString(hex));
        Assert.Null(packet.Source);
        Assert.Null(packet.Protocol);
    }
}
