using System.Text.Json.Nodes;
using TransparentCni.Lab.Cni;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Lab.Runtimes;

/// <summary>What a runtime is given: a directory with the reference plugins and this product's, and conflists.</summary>
public sealed class PluginDirectory
{
    private readonly Node _node;

    /// <summary>Makes one.</summary>
    public PluginDirectory(Node node, string path, Release release)
    {
        _node = node;
        Path = path;
        Directory.CreateDirectory(path);
        foreach (var plugin in Directory.GetFiles(release.Plugins))
            Link(plugin);
        InstallProduct();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Puts the product's executable in, as an upgrade does: beside its place and renamed.</summary>
    public void InstallProduct(string? from = null)
    {
        var target = System.IO.Path.Combine(Path, Network.Product);
        ProgramFile.Copy(from ?? System.IO.Path.Combine(Repository.Root, "out", "bin", Network.Product), target + ".new");
        File.Move(target + ".new", target, overwrite: true);
    }

    /// <summary>A network's list of plugins, as the administrator writes it down.</summary>
    public string Conflist(Network network) => new JsonObject
    {
        ["cniVersion"] = network.CniVersion,
        ["name"] = network.Name,
        ["plugins"] = new JsonArray([.. network.Plugins(_node.Directory)]),
    }.ToJsonString();

    // The runtime makes the containers here, so what Node prepares its own for is done before the link is made: without
    // duplicate address detection a container starts a second or two sooner.
    private void Link(string plugin)
    {
        var target = System.IO.Path.Combine(Path, System.IO.Path.GetFileName(plugin));
        if (_node.Options.DuplicateAddressDetection || System.IO.Path.GetFileName(plugin) is not ("bridge" or "ptp"))
        {
            File.CreateSymbolicLink(target, plugin);
            return;
        }

        ProgramFile.Write(target, $"""
            #!/bin/sh
            case "$CNI_NETNS" in
              /*) nsenter --net="$CNI_NETNS" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad' ;;
            esac
            exec {plugin}

            """);
    }
}
