using System.Runtime.CompilerServices;
using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.Interop;

/// <summary>What is declared here has the values and layouts of the system's C headers.</summary>
public sealed class HeaderTests
{
    private static readonly string[] SystemHeaders =
    [
        "fcntl.h", "poll.h", "sched.h", "sys/eventfd.h", "sys/mount.h", "sys/socket.h", "sys/stat.h", "sys/vfs.h",
        "linux/magic.h", "linux/netlink.h", "linux/nsfs.h",
    ];

    [Fact]
    public void System_constants_agree() => HeaderCheck.ConstantsAgree(typeof(LibC), SystemHeaders);

    [Fact]
    public void Netlink_constants_agree() => HeaderCheck.ConstantsAgree(typeof(NetlinkConstants), "linux/netlink.h");

    [Fact]
    public void Error_numbers_agree() => HeaderCheck.Agree(
        Enum.GetValues<Errno>().Where(errno => errno != Errno.None).ToDictionary(
            errno => errno.ToString(), errno => (long)errno),
        "errno.h");

    [Fact]
    public void Netlink_flags_agree() => HeaderCheck.Agree(
        new Dictionary<string, long>
        {
            ["NLM_F_REQUEST"] = (long)NetlinkFlags.Request,
            ["NLM_F_MULTI"] = (long)NetlinkFlags.Multi,
            ["NLM_F_ACK"] = (long)NetlinkFlags.Ack,
            ["NLM_F_ECHO"] = (long)NetlinkFlags.Echo,
            ["NLM_F_DUMP_INTR"] = (long)NetlinkFlags.DumpInterrupted,
            ["NLM_F_DUMP_FILTERED"] = (long)NetlinkFlags.DumpFiltered,
            ["NLM_F_DUMP"] = (long)NetlinkFlags.Dump,
            ["NLM_F_REPLACE"] = (long)NetlinkFlags.Replace,
            ["NLM_F_EXCL"] = (long)NetlinkFlags.Exclusive,
            ["NLM_F_CREATE"] = (long)NetlinkFlags.Create,
            ["NLM_F_APPEND"] = (long)NetlinkFlags.Append,
            ["NLM_F_NONREC"] = (long)NetlinkFlags.NonRecursive,
            ["NLM_F_BULK"] = (long)NetlinkFlags.Bulk,
            ["NLM_F_CAPPED"] = (long)NetlinkFlags.Capped,
            ["NLM_F_ACK_TLVS"] = (long)NetlinkFlags.AckAttributes,
            ["NLMSG_NOOP"] = NetlinkHeader.Noop,
            ["NLMSG_ERROR"] = NetlinkHeader.Error,
            ["NLMSG_DONE"] = NetlinkHeader.Done,
            ["NLMSG_OVERRUN"] = NetlinkHeader.Overrun,
            ["NETLINK_ROUTE"] = (long)NetlinkProtocol.Route,
            ["NETLINK_NETFILTER"] = (long)NetlinkProtocol.Netfilter,
            ["NLMSG_HDRLEN"] = NetlinkHeader.Size,
            ["NLA_HDRLEN"] = AttributeHeader.Size,
        },
        "linux/netlink.h");

    [Fact]
    public void Structures_have_the_sizes_of_the_headers() => HeaderCheck.Agree(
        new Dictionary<string, long>
        {
            ["sizeof(struct nlmsghdr)"] = Unsafe.SizeOf<NetlinkHeader>(),
            ["sizeof(struct nlattr)"] = Unsafe.SizeOf<AttributeHeader>(),
            ["sizeof(struct sockaddr_nl)"] = Unsafe.SizeOf<LibC.SocketAddress>(),
            ["sizeof(struct pollfd)"] = Unsafe.SizeOf<LibC.PollDescriptor>(),
            ["sizeof(struct statx)"] = Unsafe.SizeOf<LibC.StatXBuffer>(),
        },
        SystemHeaders);

    [Fact]
    public void Structures_have_the_offsets_of_the_headers()
    {
        var status = default(LibC.StatXBuffer);
        var fileSystem = default(LibC.StatFsBuffer);
        HeaderCheck.Agree(
            new Dictionary<string, long>
            {
                ["offsetof(struct statx, stx_mode)"] = Offset(ref status, ref status.stx_mode),
                ["offsetof(struct statx, stx_ino)"] = Offset(ref status, ref status.stx_ino),
                ["offsetof(struct statx, stx_dev_major)"] = Offset(ref status, ref status.stx_dev_major),
                ["offsetof(struct statx, stx_dev_minor)"] = Offset(ref status, ref status.stx_dev_minor),
                ["offsetof(struct statfs, f_type)"] = Offset(ref fileSystem, ref fileSystem.f_type),
                ["sizeof(((struct statfs *)0)->f_type)"] = Unsafe.SizeOf<nint>(),
            },
            SystemHeaders);
    }

    [Fact]
    public void The_room_for_a_file_system_status_is_large_enough() => Assert.True(
        KernelHeaders.Evaluate(["sys/vfs.h"], ["sizeof(struct statfs)"]).Values.Single()
        <= Unsafe.SizeOf<LibC.StatFsBuffer>());

    private static long Offset<TOuter, TInner>(ref TOuter outer, ref TInner inner) =>
        Unsafe.ByteOffset(ref Unsafe.As<TOuter, byte>(ref outer), ref Unsafe.As<TInner, byte>(ref inner));
}
