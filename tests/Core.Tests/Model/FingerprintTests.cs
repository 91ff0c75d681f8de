using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests.Model;

public sealed class FingerprintTests
{
    // NIST, "Examples with Intermediate Values", SHA-256: one block, two blocks; and the hash of nothing.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void The_standards_examples_come_out(string text, string hash) => Assert.Equal(hash, Fingerprint.Hex(text, 64));

    // The length of the text takes the last eight bytes of a block: 55 is the most that one block closes.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1_000_000)]
    public void Every_way_to_close_the_last_block_agrees_with_the_framework(int length)
    {
        var data = new byte[length];
        for (var i = 0; i < length; i++)
            data[i] = (byte)((i * 7) + 3);

        AssertAgrees(data);
    }

    [Fact]
    public void Any_bytes_agree_with_the_framework() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), AssertAgrees).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "b")]
    [InlineData(13, "ba7816bf8f01c")]
    [InlineData(16, "ba7816bf8f01cfea")]
    public void Hex_is_the_beginning_of_the_hash(int digits, string expected) => Assert.Equal(expected, Fingerprint.Hex("abc", digits));

    [Fact]
    public void More_digits_than_there_are_is_an_error() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Fingerprint.Hex("abc", 65));

    [Fact]
    public void The_number_is_the_beginning_of_the_hash_too() => Assert.Equal(0xba7816bf8f01cfeaUL, Fingerprint.UInt64("abc"));

    [Fact]
    public void Text_counts_as_utf8()
    {
        const string Text = "Zürich 東京 🚀";

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text))), Fingerprint.Hex(Text, 64));
    }

    private static void AssertAgrees(byte[] data)
    {
        Span<byte> hash = stackalloc byte[32];
        Fingerprint.Hash(data, hash);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(data)), Convert.ToHexStringLower(hash));
    }
}
