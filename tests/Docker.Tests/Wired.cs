using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>A container as the link of this product's makes it an endpoint.</summary>
internal sealed class Wired(DockerContainer container) : IEndpoint
{
    public NetworkNamespace Namespace { get; } = container.Namespace;

    public IReadOnlyList<IPAddress> Addresses { get; } = [container.OwnAddress(false), container.OwnAddress(true)];
}
