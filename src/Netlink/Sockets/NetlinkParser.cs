namespace TransparentCni.Netlink;

/// <summary>Makes a value of a received message.</summary>
/// <typeparam name="T">What the caller collects.</typeparam>
/// <param name="message">A view that is valid during the call only.</param>
/// <param name="value">What was made of it.</param>
/// <returns>False where the message is none that the caller wants.</returns>
public delegate bool NetlinkParser<T>(NetlinkMessage message, out T value);
