using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Rtnetlink;

/// <summary>What is to be changed of an interface; null leaves a property as it is.</summary>
public sealed record LinkChange
{
    /// <summary>Switch on or off.</summary>
    public bool? Up { get; init; }

    /// <summary>Largest packet in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>Hardware address.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Text to find it by; the empty one removes it.</summary>
    public string? Alias { get; init; }

    /// <summary>Index of the bridge to make it a port of; 0 takes it out.</summary>
    public int? Master { get; init; }

    /// <summary>Group number.</summary>
    public uint? Group { get; init; }

    /// <summary>Length of the transmit queue in packets.</summary>
    public int? TransmitQueueLength { get; init; }

    /// <summary>How it makes its IPv6 link-local address when it is switched on next.</summary>
    public AddressGenerationMode? AddressGeneration { get; init; }

    /// <summary>New name; the interface must be given by its index then.</summary>
    public string? Name { get; init; }

    /// <summary>The namespace to move it to; its index may change, its addresses and routes go.</summary>
    public NetnsHandle? Netns { get; init; }

    /// <summary>As in a command of <c>ip</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, "name", Name);
        Append(text, "address", Mac);
        Append(text, "mtu", Mtu);
        Append(text, "alias", Alias);
        Append(text, "master", Master);
        Append(text, "group", Group);
        Append(text, "txqueuelen", TransmitQueueLength);
        Append(text, "addrgenmode", AddressGeneration);
        Append(text, "netns", Netns?.Identity);
        if (Up is { } up)
            text.Append(up ? " up" : " down");
        return text.ToString();
    }

    private static void Append<T>(StringBuilder text, string name, T? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $" {name} {value}");
    }
}
