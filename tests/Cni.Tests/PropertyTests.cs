using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Cni.Json;
using TransparentCni.Cni.Results;
using TransparentCni.Cni.Tests.Support;
using TransparentCni.Core.Configuration;

namespace TransparentCni.Cni.Tests;

/// <summary>What holds for every input.</summary>
public sealed class PropertyTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(2000);

    private static readonly string[] Fragments =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d800", "null", "true", "-1", "1e999",
        "\"cniVersion\":\"1.1.0\"", "\"name\":\"n\"", "\"prevResult\":", "\"ips\":[",
        "\"address\":\"10.0.0.1/8\"", "\"interface\":", "\"ipam\":{",
        "\"runtimeConfig\":{", "\"io.kubernetes.cri.pod-annotations\":{", "\"tproxy.role\":\"client\"",
        "\"exclude\":[", "\"\"", " ", "\0", "é",
    ];

    private static readonly CniVersion[] Path =
        [CniVersion.V030, CniVersion.V110, CniVersion.V040, CniVersion.V100, CniVersion.V031];

    private static Arbitrary<List<string>> Heaps => Gen.Elements(Fragments).ListOf().ToArbitrary();

    [Fact]
    public void Arbitrary_bytes_give_one_well_formed_answer_and_never_a_fault() =>
        Prop.ForAll<byte[]>(bytes => AnswersCleanly(bytes)).Check(Runs);

    [Fact]
    public void Heaps_of_json_fragments_give_one_well_formed_answer_and_never_a_fault() =>
        Prop.ForAll(Heaps, parts => AnswersCleanly(Encoding.UTF8.GetBytes(string.Concat(parts)))).Check(Runs);

    [Fact]
    public void A_configuration_with_any_byte_changed_gives_one_well_formed_answer_and_never_a_fault()
    {
        var valid = JsonSerializer.SerializeToUtf8Bytes(
            Call.Chained("ADD").With("role", "client").With("exclude", "10.0.0.0/8,2001:db8::/32")
                .With("markMask", "0xff00")
                .Annotated("tproxy.via", "web").Config);
        var changes = Gen.Choose(0, valid.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary();
        Prop.ForAll(changes, change =>
        {
            var bytes = valid.ToArray();
            bytes[change.Item1] = (byte)change.Item2;
            return AnswersCleanly(bytes);
        }).Check(Runs);
    }

    [Fact]
    public void Arbitrary_arguments_and_annotations_give_one_well_formed_answer_and_never_a_fault() =>
        Prop.ForAll<string, string, NonNull<string>>((args, name, value) => AnswersCleanly(
            Call.Chained("ADD").With("role", "client").Args(args ?? "")
                .Annotated("tproxy." + name, value.Get))).Check(Runs);

    [Fact]
    public void Arbitrary_variables_give_one_well_formed_answer_and_never_a_fault() =>
        Prop.ForAll<string, string, string>((id, ifName, netns) => AnswersCleanly(
            Call.Chained("ADD").Env("CNI_CONTAINERID", id ?? "").Env("CNI_IFNAME", ifName ?? "")
                .Env("CNI_NETNS", netns ?? ""))).Check(Runs);

    [Fact]
    public void What_is_quoted_is_short_and_prints_on_one_line() =>
        Prop.ForAll<string>(text =>
        {
            var quoted = Quoted.Of(text ?? "");
            return quoted.Length <= Quoted.MaxLength + 3 && !quoted.Any(char.IsControl) &&
                quoted.Count(c => c == '"') == 2;
        }).Check(Runs);

    [Fact]
    public void What_parses_as_json_can_be_read_to_the_last_string() =>
        Prop.ForAll(Heaps, parts =>
        {
            var bytes = Encoding.UTF8.GetBytes($"[\"{string.Concat(parts)}\"]");
            try
            {
                Touch(JsonText.Parse(bytes, "test"));
            }
            catch (CniException e) when (e.Code is CniErrorCode.DecodingFailure)
            {
                return true;
            }
            return true;
        }).Check(Runs);

    [Fact]
    public void A_result_keeps_its_meaning_through_every_version()
    {
        var addresses = Gen.Choose(0, 32).Zip(Gen.Choose(0, int.MaxValue)).ListOf().ToArbitrary();
        Prop.ForAll(addresses, ArbMap.Default.ArbFor<NonNull<string>>(), (list, text) =>
        {
            var original = Read(Result(list, text.Get));
            var current = original;
            foreach (var version in Path)
                current = Read(ResultWriter.Standalone(
                    current, RecordingService.Veth, "eth0", "/run/netns/c1", null, version).Span);
            return current.Addresses.Select(a => (a.Cidr, a.Gateway)).SequenceEqual(original.Addresses
                .Select(a => (a.Cidr, a.Gateway))) &&
                current.Addresses.All(a => a.Interface == 1) &&
                current.Routes.SequenceEqual(original.Routes) &&
                current.Json.GetProperty("x").GetString() == original.Json.GetProperty("x").GetString() &&
                current.Version is CniVersion.V031;
        }).Check(Runs.WithMaxTest(500));
    }

    private static bool AnswersCleanly(byte[] input)
    {
        var verbs = new[] { "ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION" };
        return verbs.All(verb =>
        {
            var call = Call.Of(verb).Env("CNI_PATH", "/nonexistent");
            call.Input = input;
            return AnswersCleanly(call);
        });
    }

    private static bool AnswersCleanly(Call call)
    {
        var outcome = call.Run();
        if (outcome.Output.Length > 0)
            using (JsonDocument.Parse(outcome.Output))
            {
            }
        return outcome.Status == 0 ? outcome.Code == 0 : outcome.Code is > 0 and not 999;
    }

    private static void Touch(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Touch(property.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Touch(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    private static byte[] Result(IEnumerable<(int Length, int Number)> addresses, string text)
    {
        static string Four(int number) => new IPAddress(BitConverter.GetBytes(number)).ToString();
        var ips = addresses.Select(a => (JsonNode)new JsonObject
        {
            ["address"] = a.Number % 2 == 0
                ? $"{Four(a.Number)}/{a.Length}"
                : $"2001:db8::{a.Number % 65536:x}/{a.Length + 64}",
            ["gateway"] = a.Number % 3 == 0 ? Four(a.Number) : null,
        });
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["cniVersion"] = "1.0.0",
            ["ips"] = new JsonArray([.. ips]),
            ["routes"] = new JsonArray(new JsonObject { ["dst"] = "0.0.0.0/0", ["mtu"] = 1400 }),
            ["x"] = text,
        });
    }

    private static NetworkResult Read(ReadOnlySpan<byte> json) => ResultReader.ReadIpam(json, "test");
}
