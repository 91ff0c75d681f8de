using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests;

/// <summary>The house rules that no compiler holds: who may see whom, and that the core is pure.</summary>
public sealed class LayeringTests
{
    // The compiler lets an iterator find out whether its creator runs it.
    private const string GeneratedForIterators = "System.Environment.get_CurrentManagedThreadId";

    // What would make the core depend on more than its arguments: whole namespaces, or types by the beginning of a name.
    private static readonly string[] s_impure =
    [
        "System.IO.", "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Threading.", "System.Net.Sockets.Socket",
        "System.Net.NetworkInformation.", "System.Net.Dns", "System.Net.Http.", "System.Console",
        "System.DateTime", "System.TimeProvider", "System.Environment", "System.Random", "System.Guid", "System.AppContext",
        "System.Runtime.InteropServices.NativeLibrary", "Microsoft.Win32.",
    ];

    [Theory]
    [InlineData("Core")]
    [InlineData("Netlink")]
    [InlineData("Dataplane", "Core", "Netlink")]
    [InlineData("Cni", "Dataplane")]
    [InlineData("Plugin", "Dataplane")]
    public void A_project_refers_to_the_layer_below_and_no_other(string project, params string[] below) =>
        Assert.Equal(below, References(project).Order());

    [Fact]
    public void Every_project_has_its_place_above() =>
        Assert.Equal(
            ["Cni", "Core", "Dataplane", "Netlink", "Plugin"],
            Directory.GetFiles(Path.Combine(Root(), "src"), "*.csproj", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).Order());

    // Of the compiled code, as a text does not show what a global using brings in.
    [Fact]
    public void The_core_reads_no_file_no_clock_no_environment_and_no_chance()
    {
        using var core = new PEReader(File.OpenRead(typeof(NodeLayout).Assembly.Location));
        var metadata = core.GetMetadataReader();
        var uses = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (Type: metadata.GetTypeReference((TypeReferenceHandle)member.Parent), Member: metadata.GetString(member.Name)))
            .Select(use => $"{metadata.GetString(use.Type.Namespace)}.{metadata.GetString(use.Type.Name)}.{use.Member}")
            .Where(use => use != GeneratedForIterators)
            .ToList();

        Assert.Contains("System.Net.IPNetwork.get_PrefixLength", uses);
        Assert.DoesNotContain(uses, use => s_impure.Any(impure => use.StartsWith(impure, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_core_calls_nothing_outside_of_managed_code()
    {
        using var core = new PEReader(File.OpenRead(typeof(NodeLayout).Assembly.Location));
        var metadata = core.GetMetadataReader();

        Assert.DoesNotContain(
            metadata.MethodDefinitions,
            method => metadata.GetMethodDefinition(method).Attributes.HasFlag(MethodAttributes.PinvokeImpl));
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(Root(), "src", project, $"{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TransparentCni.sln")))
            folder = folder.Parent;
        Assert.True(folder is not null, $"no TransparentCni.sln above {AppContext.BaseDirectory}");
        return folder.FullName;
    }
}
