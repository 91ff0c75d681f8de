using System.CommandLine;
using TransparentCni.Core.Configuration;
using TransparentCni.Plugin.Configuration;

namespace TransparentCni.Plugin.Commands;

/// <summary>What says where this product's things are on the node.</summary>
internal static class NodeOptions
{
    /// <summary><c>--config FILE</c>.</summary>
    public static Option<string?> Config() => new("--config")
    {
        Description = $"the daemon's configuration; {DaemonConfiguration.DefaultPath}, where that is there, if nothing is said",
        HelpName = "FILE",
    };

    /// <summary><c>--state-dir DIR</c>.</summary>
    public static Option<string?> StateDirectory() => new("--state-dir")
    {
        Description = "where attachments are registered: stateDir of the CNI configuration; that of the daemon's if nothing is said",
        HelpName = "DIR",
    };

    /// <summary>The configuration that the options mean.</summary>
    /// <exception cref="SettingException">It cannot be read, or something in it is of no use.</exception>
    public static DaemonConfiguration Load(string? file, string? stateDirectory)
    {
        var configuration = ConfigurationFile.Load(file ?? DaemonConfiguration.DefaultPath, required: file is not null);
        if (stateDirectory is null)
            return configuration;
        return stateDirectory.StartsWith('/')
            ? configuration with { Node = configuration.Node with { StateDir = stateDirectory } }
            : throw new SettingException($"--state-dir {Quoted.Of(stateDirectory)} is no absolute path; write one such as /run/tproxy");
    }
}
