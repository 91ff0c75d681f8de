using System.Net;
using System.Net.Sockets;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Lab.Nodes;

/// <summary>Something that traffic comes from: an attachment of a container, or a pod.</summary>
public interface IEndpoint
{
    /// <summary>Where its sockets are.</summary>
    public NetworkNamespace Namespace { get; }

    /// <summary>Its addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }
}

/// <summary>Words for endpoints.</summary>
public static class EndpointExtensions
{
    /// <summary>The first address of a family.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static IPAddress Address(this IEndpoint endpoint, bool ipv6) => endpoint.Addresses.First(address =>
        address.AddressFamily == (ipv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork));
}
