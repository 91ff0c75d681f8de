namespace TransparentCni.Netlink;

/// <summary>What the kernel answered to a message that it refused (<c>NLMSG_ERROR</c>).</summary>
/// <param name="Index">Which message of those that were sent together, from 0; null where it was none of them.</param>
/// <param name="Errno">Which error.</param>
/// <param name="KernelMessage">The kernel's own words (<c>NLMSGERR_ATTR_MSG</c>); null where it had none.</param>
/// <param name="AttributeOffset">
/// Where in the message the attribute lies that is to blame (<c>NLMSGERR_ATTR_OFFS</c>), in bytes from the start of the
/// message's header; null where the kernel does not say.
/// </param>
/// <param name="MissingAttribute">Type of an attribute that should have been there
/// (<c>NLMSGERR_ATTR_MISS_TYPE</c>); null where none is missing.</param>
public readonly record struct NetlinkFailure(
    int? Index, Errno Errno, string? KernelMessage, int? AttributeOffset, int? MissingAttribute)
{
    /// <summary>
    /// Reads a <c>struct nlmsgerr</c> with its attributes; <paramref name="request"/> is the header of what it answers.
    /// </summary>
    /// <returns>Null for an acknowledgement.</returns>
    /// <exception cref="InvalidDataException">The message is too short.</exception>
    internal static NetlinkFailure? FromErrorMessage(NetlinkMessage message, int index, out NetlinkHeader request)
    {
        var error = message.FamilyHeader<ErrorHeader>();
        request = error.Request;
        if (error.NegativeErrno == 0)
            return null;
        // Without NLM_F_CAPPED the whole request is repeated in front of the attributes.
        var repeated = message.Header.Flags.HasFlag(NetlinkFlags.Capped)
            ? NetlinkHeader.Size
            : (int)Math.Min(error.Request.Length, (uint)message.Payload.Length);
        var attributes = message.Header.Flags.HasFlag(NetlinkFlags.AckAttributes)
            ? message.Attributes(sizeof(int) + repeated)
            : default;
        return FromAttributes(index, error.NegativeErrno, attributes);
    }

    /// <summary>Reads the end of a dump, which carries an error number and may carry the same attributes.</summary>
    /// <returns>Null where the dump ended well.</returns>
    internal static NetlinkFailure? FromDoneMessage(NetlinkMessage message)
    {
        if (message.Payload.Length < sizeof(int))
            return null;
        var negativeErrno = message.FamilyHeader<int>();
        return negativeErrno < 0 ? FromAttributes(0, negativeErrno, message.Attributes(sizeof(int))) : null;
    }

    private static NetlinkFailure FromAttributes(int index, int negativeErrno, NetlinkAttributes attributes)
    {
        string? text = null;
        int? offset = null;
        int? missing = null;
        foreach (var attribute in attributes)
        {
            if (attribute.Type == NetlinkConstants.NLMSGERR_ATTR_MSG)
                text = attribute.AsString();
            else if (attribute.Type == NetlinkConstants.NLMSGERR_ATTR_OFFS)
                offset = attribute.AsInt32();
            else if (attribute.Type == NetlinkConstants.NLMSGERR_ATTR_MISS_TYPE)
                missing = attribute.AsInt32();
        }

        return new NetlinkFailure(index, (Errno)(-negativeErrno), text, offset, missing);
    }

    /// <summary><c>struct nlmsgerr</c> of <c>linux/netlink.h</c>.</summary>
    private readonly record struct ErrorHeader(int NegativeErrno, NetlinkHeader Request);
}
