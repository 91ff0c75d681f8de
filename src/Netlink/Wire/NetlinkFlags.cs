namespace TransparentCni.Netlink;

/// <summary>
/// <c>nlmsg_flags</c> of <c>linux/netlink.h</c>. Bits from 0x100 on mean something else for each kind of message (get,
/// new, delete, acknowledgement), so several names share a value.
/// </summary>
[Flags]
public enum NetlinkFlags : ushort
{
    /// <summary>Nothing set.</summary>
    None = 0,

    /// <summary><c>NLM_F_REQUEST</c>: a request; without it the kernel ignores the message.</summary>
    Request = 0x1,

    /// <summary><c>NLM_F_MULTI</c>: part of an answer that <see cref="NetlinkHeader.Done"/> ends.</summary>
    Multi = 0x2,

    /// <summary><c>NLM_F_ACK</c>: answer also when all went well.</summary>
    Ack = 0x4,

    /// <summary><c>NLM_F_ECHO</c>: send the notification of the change to the one who asked for it, too.</summary>
    Echo = 0x8,

    /// <summary><c>NLM_F_DUMP_INTR</c>: the objects changed while they were listed; the list may have holes.</summary>
    DumpInterrupted = 0x10,

    /// <summary><c>NLM_F_DUMP_FILTERED</c>: the kernel applied the filter that was asked for.</summary>
    DumpFiltered = 0x20,

    /// <summary><c>NLM_F_DUMP</c> of a get: every object, not one.</summary>
    Dump = 0x300,

    /// <summary><c>NLM_F_REPLACE</c> of a new: replace what is there.</summary>
    Replace = 0x100,

    /// <summary><c>NLM_F_EXCL</c> of a new: refuse if it is there.</summary>
    Exclusive = 0x200,

    /// <summary><c>NLM_F_CREATE</c> of a new: create it if it is not there.</summary>
    Create = 0x400,

    /// <summary><c>NLM_F_APPEND</c> of a new: add it at the end of the list.</summary>
    Append = 0x800,

    /// <summary><c>NLM_F_NONREC</c> of a delete: not what it contains.</summary>
    NonRecursive = 0x100,

    /// <summary><c>NLM_F_BULK</c> of a delete: everything that matches.</summary>
    Bulk = 0x200,

    /// <summary><c>NLM_F_CAPPED</c> of an acknowledgement: only the header of the request is repeated.</summary>
    Capped = 0x100,

    /// <summary><c>NLM_F_ACK_TLVS</c> of an acknowledgement: attributes follow (<c>NLMSGERR_ATTR_*</c>).</summary>
    AckAttributes = 0x200,
}
