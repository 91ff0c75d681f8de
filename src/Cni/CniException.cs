namespace TransparentCni.Cni;

/// <summary>
/// A call that failed in a way the runtime is told about: it becomes the one error object on standard output.
/// </summary>
/// <param name="code">The specification's error code, or one that an IPAM plugin chose.</param>
/// <param name="message">What was tried, on what, why it failed and what to do. One line.</param>
/// <param name="details">More for the log, or <c>null</c>.</param>
/// <param name="inner">What caused it, or <c>null</c>.</param>
internal sealed class CniException(
    CniErrorCode code, string message, string? details = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code of the error object.</summary>
    public CniErrorCode Code { get; } = code;

    /// <summary>The <c>details</c> of the error object; <c>null</c> for none.</summary>
    public string? Details { get; } = details;

    /// <summary>An error of the network configuration (7), with the key in words.</summary>
    public static CniException Config(string message) => new(CniErrorCode.InvalidConfig, message);

    /// <summary>An error of the environment (4).</summary>
    public static CniException Environment(string message) => new(CniErrorCode.InvalidEnvironment, message);
}
