namespace TransparentCni.Netlink.Tests.Sockets;

public sealed class NetlinkFailureTests
{
    [Fact]
    public void An_acknowledgement_is_no_failure() => Assert.Null(Read(NetlinkFlags.Capped, 0));

    [Fact]
    public void Words_offset_and_missing_attribute_are_read_behind_the_capped_request()
    {
        var failure = Read(NetlinkFlags.Capped | NetlinkFlags.AckAttributes, 22, PutDetails);
        Assert.Equal(new NetlinkFailure(3, Errno.EINVAL, "words", 40, 7), failure);
    }

    [Fact]
    public void They_are_read_behind_the_whole_request_where_it_is_repeated()
    {
        var failure = Read(NetlinkFlags.AckAttributes, 22, writer =>
        {
            writer.PutUInt32(99, 1);
            PutDetails(writer);
        });
        Assert.Equal("words", failure!.Value.KernelMessage);
    }

    [Fact]
    public void An_error_without_details_has_none()
    {
        var failure = Read(NetlinkFlags.Capped, 22);
        Assert.Equal(new NetlinkFailure(3, Errno.EINVAL, null, null, null), failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("EAFFFF")]
    [InlineData("EAFFFFFF")]
    public void A_message_that_is_too_short_is_refused(string payload) => Assert.Throws<InvalidDataException>(() =>
    {
        var message = new NetlinkMessage(default, Convert.FromHexString(payload));
        NetlinkFailure.FromErrorMessage(message, 0, out _);
    });

    [Fact]
    public void Random_bytes_are_read_or_refused()
    {
        var random = new Random(4711);
        var bytes = new byte[128];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            var header = new NetlinkHeader(0, NetlinkHeader.Error, (NetlinkFlags)random.Next(65536), 0, 0);
            try
            {
                var message = new NetlinkMessage(header, bytes.AsSpan(0, random.Next(bytes.Length)));
                NetlinkFailure.FromErrorMessage(message, 0, out _);
                NetlinkFailure.FromDoneMessage(message);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Theory]
    [InlineData(Errno.EEXIST, "EEXIST (File exists)")]
    [InlineData(Errno.ENOENT, "ENOENT (No such file or directory)")]
    [InlineData((Errno)524, "errno 524 (Unknown error 524)")]
    public void Errors_have_a_name_and_words(Errno errno, string text) => Assert.Equal(text, errno.Describe());

    [Fact]
    public void An_exception_says_what_on_what_why_and_what_the_kernel_says()
    {
        var failure = new NetlinkFailure(0, Errno.EEXIST, "the kernel's words", null, null);
        Assert.Equal(
            "add route 10.0.0.0/24 dev veth1: EEXIST (File exists): the kernel's words",
            new NetlinkException(failure, "add route", "10.0.0.0/24 dev veth1").Message);
        Assert.Equal("list links: EPERM (Operation not permitted)", new NetlinkException(Errno.EPERM, "list links").Message);
    }

    private static void PutDetails(NetlinkWriter writer)
    {
        writer.PutString(NetlinkConstants.NLMSGERR_ATTR_MSG, "words");
        writer.PutUInt32(NetlinkConstants.NLMSGERR_ATTR_OFFS, 40);
        writer.PutUInt32(NetlinkConstants.NLMSGERR_ATTR_MISS_TYPE, 7);
    }

    private static NetlinkFailure? Read(NetlinkFlags flags, int errno, Action<NetlinkWriter>? details = null)
    {
        using var writer = new NetlinkWriter();
        using (writer.BeginMessage(NetlinkHeader.Error, flags, -errno))
        {
            // The request that is repeated: a header, and 8 bytes of attributes unless it is capped.
            writer.Append(new NetlinkHeader(flags.HasFlag(NetlinkFlags.Capped) ? 9999u : 24u, 16, default, 5, 0));
            details?.Invoke(writer);
        }

        foreach (var message in new NetlinkMessages(writer.WrittenSpan))
            return NetlinkFailure.FromErrorMessage(message, 3, out _);
        return null;
    }
}
