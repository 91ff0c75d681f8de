using System.Net;

namespace TransparentCni.Core.Model;

/// <summary>The two families that everything here exists for.</summary>
public enum AddressFamily
{
    /// <summary>Internet Protocol version 4.</summary>
    IPv4,

    /// <summary>Internet Protocol version 6.</summary>
    IPv6,
}

/// <summary>Helpers on addresses.</summary>
public static class AddressFamilies
{
    /// <summary>Both, in the order in which everything is planned.</summary>
    public static IReadOnlyList<AddressFamily> Both { get; } = [AddressFamily.IPv4, AddressFamily.IPv6];

    /// <summary>The family of an address.</summary>
    public static AddressFamily Family(this IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? AddressFamily.IPv6 : AddressFamily.IPv4;

    /// <summary>The family of a network.</summary>
    public static AddressFamily Family(this IPNetwork network) => network.BaseAddress.Family();

    /// <summary>The length of a host route: 32 or 128.</summary>
    public static byte HostPrefix(this AddressFamily family) => family == AddressFamily.IPv4 ? (byte)32 : (byte)128;

    /// <summary>The digit that names of sets end in: <c>4</c> or <c>6</c>.</summary>
    public static char Digit(this AddressFamily family) => family == AddressFamily.IPv4 ? '4' : '6';

    /// <summary>How nft names it: <c>ip</c> or <c>ip6</c>.</summary>
    public static string NftName(this AddressFamily family) => family == AddressFamily.IPv4 ? "ip" : "ip6";
}
