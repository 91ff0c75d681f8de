using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using TransparentCni.Cni.Json;

namespace TransparentCni.Cni.Results;

/// <summary>Writes what goes to standard output.</summary>
internal static class ResultWriter
{
    // Programs read it, whatever is escaped. The encoder that leaves more as it is takes 0.1 ms to set itself up.
    private static readonly JsonWriterOptions s_plain = new() { SkipValidation = true };

    /// <summary>
    /// The previous result in the configuration's version. Nothing else of it changes: values keep their bytes, keys
    /// that are not known here stay.
    /// </summary>
    public static ReadOnlyMemory<byte> PassOn(NetworkResult previous, CniVersion version) => Write(writer =>
    {
        writer.WriteString("cniVersion"u8, version.Text());
        foreach (var property in previous.Json.EnumerateObject())
            if (!property.Name.Equals("cniVersion", StringComparison.OrdinalIgnoreCase))
                WriteAsIs(writer, property);
    });

    /// <summary>
    /// The result of a standalone ADD: our interfaces, and the addresses, routes and everything else of the IPAM
    /// plugin's.
    /// </summary>
    /// <param name="ipam">What the IPAM plugin answered.</param>
    /// <param name="veth">What was created.</param>
    /// <param name="ifName">The interface in the container.</param>
    /// <param name="netns">The container's namespace.</param>
    /// <param name="dns">The configuration's <c>dns</c>, which counts before the IPAM plugin's; or <c>null</c>.</param>
    /// <param name="version">The configuration's version.</param>
    public static ReadOnlyMemory<byte> Standalone(
        NetworkResult ipam, VethPair veth, string ifName, string netns, JsonElement? dns, CniVersion version) =>
        Write(writer =>
        {
            writer.WriteString("cniVersion"u8, version.Text());
            writer.WriteStartArray("interfaces"u8);
            WriteInterface(writer, new ResultInterface(veth.HostName, veth.HostMac, veth.Mtu, null), version);
            WriteInterface(writer, new ResultInterface(ifName, veth.ContainerMac, veth.Mtu, netns), version);
            writer.WriteEndArray();
            WriteAddresses(writer, ipam, version);
            foreach (var property in ipam.Json.EnumerateObject())
                if (!IsWrittenHere(property.Name, dns))
                    WriteAsIs(writer, property);
            if (dns is { } ours)
                WriteAsIs(writer, "dns", ours);
        });

    /// <summary>The answer to VERSION.</summary>
    public static ReadOnlyMemory<byte> Versions(CniVersion version) => Write(writer =>
    {
        writer.WriteString("cniVersion"u8, version.Text());
        writer.WriteStartArray("supportedVersions"u8);
        foreach (var supported in CniVersions.Supported)
            writer.WriteStringValue(supported);
        writer.WriteEndArray();
    });

    /// <summary>The error object.</summary>
    public static ReadOnlyMemory<byte> Error(CniException error, CniVersion version) => Write(
        writer =>
        {
            writer.WriteString("cniVersion"u8, version.Text());
            writer.WriteNumber("code"u8, (uint)error.Code);
            writer.WriteString("msg"u8, error.Message);
            if (error.Details is { } details)
                writer.WriteString("details"u8, details);
        },
        // People read it. Nothing of it ends up in HTML.
        s_plain with { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static bool IsWrittenHere(string key, JsonElement? dns) =>
        key.Equals("cniVersion", StringComparison.OrdinalIgnoreCase) ||
        key.Equals("interfaces", StringComparison.OrdinalIgnoreCase) ||
        key.Equals("ips", StringComparison.OrdinalIgnoreCase) ||
        (dns is not null && key.Equals("dns", StringComparison.OrdinalIgnoreCase));

    private static void WriteInterface(Utf8JsonWriter writer, ResultInterface link, CniVersion version)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, link.Name);
        if (link.Mac is not null)
            writer.WriteString("mac"u8, link.Mac);
        if (link.Mtu is { } mtu && version >= CniVersion.V110)
            writer.WriteNumber("mtu"u8, mtu);
        if (link.Sandbox is not null)
            writer.WriteString("sandbox"u8, link.Sandbox);
        writer.WriteEndObject();
    }

    // The container's interface is the second of ours.
    private static void WriteAddresses(Utf8JsonWriter writer, NetworkResult ipam, CniVersion version)
    {
        writer.WriteStartArray("ips"u8);
        var items = new JsonFields(ipam.Json)["ips"];
        for (var i = 0; i < ipam.Addresses.Count; i++)
        {
            writer.WriteStartObject();
            if (version < CniVersion.V100)
                writer.WriteString(
                    "version"u8,
                    ipam.Addresses[i].Cidr.Address.AddressFamily is AddressFamily.InterNetwork ? "4"u8 : "6"u8);
            writer.WriteNumber("interface"u8, 1);
            foreach (var property in items!.Value[i].EnumerateObject())
                if (!property.Name.Equals("version", StringComparison.OrdinalIgnoreCase) &&
                    !property.Name.Equals("interface", StringComparison.OrdinalIgnoreCase))
                    WriteAsIs(writer, property);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteAsIs(Utf8JsonWriter writer, JsonProperty property) =>
        WriteAsIs(writer, property.Name, property.Value);

    private static void WriteAsIs(Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members, JsonWriterOptions? options = null)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, options ?? s_plain))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }
}
