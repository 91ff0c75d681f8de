using System.Text.Json;
using TransparentCni.Plugin.Install;
using TransparentCni.Plugin.Install.Text;

namespace TransparentCni.Plugin.Tests.Install;

/// <summary>A node's directories, in a directory of the test's own.</summary>
internal sealed class ScratchNode : IDisposable
{
    public const string Kindnet = """
        {
        	"cniVersion": "0.3.1",
        	"name": "kindnet",
        	"plugins": [
        	{
        		"type": "ptp",
        		"ipMasq": false,
        		"ipam": {
        			"type": "host-local",
        			"dataDir": "/run/cni-ipam-state",
        			"routes": [{ "dst": "0.0.0.0/0" }],
        			"ranges": [[ { "subnet": "10.244.0.0/24" } ]]
        		},
        		"mtu": 1500
        	},
        	{
        		"type": "portmap",
        		"capabilities": {
        			"portMappings": true
        		}
        	}
        	]
        }
        """;

    private readonly TemporaryDirectory _root = new();

    public ScratchNode()
    {
        Directory.CreateDirectory(ConfDir);
        // Any executable of this machine: installing never runs it.
        File.Copy("/bin/true", From);
    }

    public string ConfDir => _root.File("net.d");

    public string BinDir => _root.File("bin");

    public string From => _root.File("tproxy");

    public string Target => Path.Join(BinDir, "tproxy");

    public string StateDir => _root.File("state");

    public List<string> Said { get; } = [];

    public InstallOptions Options => new()
    {
        Paths = new NodePaths(BinDir, ConfDir),
        From = From,
        StateDirectory = StateDir,
    };

    public string Conf(string name) => Path.Join(ConfDir, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Conf(name), text);
        return Conf(name);
    }

    public string Read(string name) => File.ReadAllText(Conf(name));

    public IReadOnlyList<string> Names() => [.. Directory.EnumerateFileSystemEntries(ConfDir).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public bool Install(Func<InstallOptions, InstallOptions>? with = null)
    {
        using var installer = new Installer(with is null ? Options : with(Options), Say);
        return installer.Install();
    }

    public bool Uninstall(Func<InstallOptions, InstallOptions>? with = null)
    {
        using var uninstaller = new Uninstaller(with is null ? Options : with(Options), Say);
        return uninstaller.Uninstall();
    }

    /// <summary>The types of a file's plugins, read by another reader.</summary>
    public string[] Types(string name)
    {
        using var json = JsonDocument.Parse(Read(name));
        return [.. json.RootElement.GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("type").GetString()!)];
    }

    public static (string, string)[] Settings(params string[] texts) => [.. texts.Select(Entry.Setting)];

    public void Say(string line)
    {
        lock (Said)
            Said.Add(line);
    }

    public void Dispose() => _root.Dispose();
}
