using System.Net;

namespace TransparentCni.Plugin.Docker;

/// <summary>Says what was asked, of which socket, why it failed, and what to do.</summary>
internal sealed class DockerException(string message, HttpStatusCode? status = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What the engine answered; null where it did not answer.</summary>
    public HttpStatusCode? Status { get; } = status;
}
