using TransparentCni.Core.Configuration;
using TransparentCni.Netlink;
using TransparentCni.Plugin.Configuration;

namespace TransparentCni.Plugin.Hosting;

/// <summary><c>tproxyd run</c>: the daemon.</summary>
internal static class RunCommand
{
    private const int Failed = 1;

    /// <summary>Reads the configuration and runs the daemon until it is told to end.</summary>
    /// <param name="file">The configuration; null: that of the usual place, where it is there.</param>
    /// <param name="error">Where is said why it cannot run.</param>
    /// <returns>The exit status.</returns>
    public static int Run(string? file, TextWriter error)
    {
        try
        {
            return DaemonHost.Run(ConfigurationFile.Load(file ?? DaemonConfiguration.DefaultPath, required: file is not null));
        }
        catch (Exception exception) when (exception is SettingException or NetlinkException)
        {
            error.WriteLine($"tproxyd: {exception.Message}");
            return Failed;
        }
    }
}
