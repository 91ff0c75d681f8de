using System.Net;
using System.Text;
using TransparentCni.Lab.Traffic;

namespace TransparentCni.Wire.Tests.Laboratory;

public sealed class ChecksumTests
{
    // RFC 3720, appendix B.4, and the check value of every CRC catalogue.
    [Fact]
    public void Crc32c_gives_the_published_values()
    {
        Assert.Equal(0xe3069283, Checksum.Crc32C(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0x8a9136aa, Checksum.Crc32C(new byte[32]));
    }

    // RFC 1071, section 3: the sum of these bytes is 0xddf2; its complement is sent.
    [Fact]
    public void The_internet_checksum_gives_the_published_value() =>
        Assert.Equal(0x220d, Checksum.Internet([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]));

    [Fact]
    public void A_segment_with_its_checksum_in_place_sums_to_nothing()
    {
        var (from, to) = (IPEndPoint.Parse("10.0.0.1:1000"), IPEndPoint.Parse("8.8.8.8:53"));
        var packet = Frames.Udp(from, to, size: 3);
        Assert.Equal(0, Checksum.Internet(packet.AsSpan(0, 20)));
        Assert.Equal(0, Checksum.Transport(from.Address, to.Address, 17, packet.AsSpan(20)));
    }
}
