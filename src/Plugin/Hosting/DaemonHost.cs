using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using TransparentCni.Core.Configuration;
using TransparentCni.Dataplane.State;
using TransparentCni.Plugin.Configuration;
using TransparentCni.Plugin.Desired;
using TransparentCni.Plugin.Engine;
using TransparentCni.Plugin.Firewall;
using TransparentCni.Plugin.Health;

namespace TransparentCni.Plugin.Hosting;

/// <summary>Runs the daemon in this process, until it is told to end.</summary>
internal static class DaemonHost
{
    /// <summary>Runs it until SIGTERM or SIGINT.</summary>
    /// <returns>The exit status.</returns>
    /// <exception cref="SettingException">The configuration does not fit this node.</exception>
    /// <exception cref="Netlink.NetlinkException">The kernel refuses to say what is there.</exception>
    public static int Run(DaemonConfiguration configuration)
    {
        if (RangeConflicts.Problem(configuration.Ranges, NodeRoutes.List()) is { } problem)
            throw new SettingException(problem);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        AddLogging(builder.Logging);
        builder.Services.AddSingleton(configuration);
        builder.Services.AddSingleton(_ => new DataplaneWorker(new StateDirectory(configuration.Node.StateDir), configuration.Layout));
        builder.Services.AddSingleton<IDataplane>(services => services.GetRequiredService<DataplaneWorker>());
        builder.Services.AddSingleton<RepairRequests>();
        builder.Services.AddSingleton<IRepairs>(services => services.GetRequiredService<RepairRequests>());
        builder.Services.AddSingleton<IEnginePacketFilter>(services => new EnginePacketFilter(
            configuration.Layout.MarkMask, new EngineFilter(), services.GetRequiredService<ILogger<EnginePacketFilter>>()));
        builder.Services.AddSingleton<IWiringFollower>(services => new HealthChecks(
            services.GetRequiredService<IDataplane>(),
            new Prober(),
            services.GetRequiredService<ILogger<HealthChecks>>(),
            configuration.HealthInterval));
        builder.Services.AddHostedService<DaemonService>();
        // Asynchronously: some parts can be taken down in no other way.
        RunAsync(builder.Build()).GetAwaiter().GetResult();
        return Environment.ExitCode;
    }

    private static async Task RunAsync(IHost host)
    {
        await using var services = (IAsyncDisposable)host;
        await host.RunAsync();
    }

    // A service manager's log has its own time, and reads the level from the line.
    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null)
        {
            logging.AddSystemdConsole();
            return;
        }

        logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff ";
            options.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }
}
