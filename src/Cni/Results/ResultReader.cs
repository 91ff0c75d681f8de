using System.Net;
using System.Text.Json;
using TransparentCni.Cni.Configuration;
using TransparentCni.Cni.Json;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Results;

/// <summary>Reads results of other plugins.</summary>
internal static class ResultReader
{
    /// <summary>The <c>prevResult</c> of the configuration; <c>null</c> where it is absent.</summary>
    /// <exception cref="CniException">
    /// 7: not a result, or one of another class than the configuration's version.
    /// </exception>
    public static NetworkResult? ReadPrevious(NetworkConfig config)
    {
        if (config["prevResult"] is not { } json)
            return null;
        var result = Read(json, new JsonShape("prevResult", CniErrorCode.InvalidConfig));
        return result.Version.SharesResultType(config.Version) ? result : throw CniException.Config(
            $"prevResult is of version {result.Version.Text()}, the network configuration of {config.Version.Text()}");
    }

    /// <summary>What an IPAM plugin printed.</summary>
    /// <exception cref="CniException">6: not a result.</exception>
    public static NetworkResult ReadIpam(ReadOnlySpan<byte> output, string what) =>
        Read(JsonText.Parse(output, what), new JsonShape(what, CniErrorCode.DecodingFailure));

    private static NetworkResult Read(JsonElement json, JsonShape shape)
    {
        var fields = shape.Object(json, "it");
        var version = shape.Text(fields["cniVersion"], "cniVersion") is { } text
            ? CniVersions.Find(text) ?? throw shape.Refuse("cniVersion", $"{Quoted.Of(text)} is not supported")
            : throw shape.Refuse("cniVersion", "is missing");
        var interfaces = ReadList(shape, fields["interfaces"], "interfaces", ReadInterface);
        var addresses = ReadList(
            shape, fields["ips"], "ips", (s, item, path) => ReadAddress(s, item, path, interfaces.Count));
        return new NetworkResult(
            version, interfaces, addresses, ReadList(shape, fields["routes"], "routes", ReadRoute), json);
    }

    private static List<T> ReadList<T>(
        JsonShape shape, JsonElement? element, string name, Func<JsonShape, JsonFields, string, T> read)
    {
        var items = shape.Array(element, name);
        var list = new List<T>(items.Count);
        for (var i = 0; i < items.Count; i++)
            list.Add(read(shape, shape.Object(items[i], $"{name}[{i}]"), $"{name}[{i}]"));
        return list;
    }

    private static ResultInterface ReadInterface(JsonShape shape, JsonFields fields, string path) => new(
        shape.Text(fields["name"], $"{path}.name") ?? "",
        shape.Text(fields["mac"], $"{path}.mac"),
        shape.Integer(fields["mtu"], $"{path}.mtu", 0, int.MaxValue) is { } mtu and > 0 ? (int)mtu : null,
        shape.Text(fields["sandbox"], $"{path}.sandbox"));

    private static ResultAddress ReadAddress(JsonShape shape, JsonFields fields, string path, int interfaces)
    {
        var index = shape.Integer(fields["interface"], $"{path}.interface", int.MinValue, int.MaxValue);
        if (index < 0 || index >= interfaces)
            throw shape.Refuse($"{path}.interface", $"is {index}, and there are {interfaces} interfaces");
        return new ResultAddress(
            ReadCidr(shape, fields["address"], $"{path}.address"),
            ReadAddress(shape, fields["gateway"], $"{path}.gateway"),
            (int?)index);
    }

    private static ResultRoute ReadRoute(JsonShape shape, JsonFields fields, string path) => new(
        ReadCidr(shape, fields["dst"], $"{path}.dst").Network,
        ReadAddress(shape, fields["gw"], $"{path}.gw"),
        (int?)shape.Integer(fields["mtu"], $"{path}.mtu", 0, int.MaxValue),
        (int?)shape.Integer(fields["advmss"], $"{path}.advmss", 0, int.MaxValue),
        (uint?)shape.Integer(fields["priority"], $"{path}.priority", 0, uint.MaxValue),
        (uint?)shape.Integer(fields["table"], $"{path}.table", 0, uint.MaxValue),
        (byte?)shape.Integer(fields["scope"], $"{path}.scope", 0, byte.MaxValue));

    private static Cidr ReadCidr(JsonShape shape, JsonElement? element, string path)
    {
        var text = shape.Text(element, path) ?? throw shape.Refuse(path, "is missing");
        return Cidr.Parse(text) ?? throw shape.Refuse(path, $"{Quoted.Of(text)} is no address with a prefix");
    }

    private static IPAddress? ReadAddress(JsonShape shape, JsonElement? element, string path)
    {
        if (shape.Text(element, path) is not { } text)
            return null;
        return Cidr.ParseAddress(text) ?? throw shape.Refuse(path, $"{Quoted.Of(text)} is no address");
    }
}
