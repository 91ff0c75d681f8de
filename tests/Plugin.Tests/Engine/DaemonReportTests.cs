using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests.Engine;

public sealed class DaemonReportTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tcrep").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_was_written_is_read_back()
    {
        var since = new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);
        var report = new DaemonReport
        {
            Pid = 42,
            Engine = "20.10.24",
            Containers = [new ContainerReport("c1", "web", ContainerState.Refused, "label tproxy.role: …", null, since)],
            GuardedNetworks = [new NetworkReport("n1", "inner", "br-n1")],
        };
        report.Write(_directory);
        var read = DaemonReport.Read(_directory)!;
        Assert.Equal((42, "20.10.24", null), (read.Pid, read.Engine, read.Trouble));
        Assert.Equal(report.Containers, read.Containers);
        Assert.Equal(report.GuardedNetworks, read.GuardedNetworks);
        Assert.Contains("\"state\":\"refused\"", File.ReadAllText(Path.Join(_directory, DaemonReport.FileName)), StringComparison.Ordinal);
        Assert.Equal(["docker.json"], Directory.EnumerateFiles(_directory).Select(Path.GetFileName));
    }

    [Fact]
    public void Where_none_was_written_or_it_is_damaged_there_is_none()
    {
        Assert.Null(DaemonReport.Read(_directory));
        File.WriteAllText(Path.Join(_directory, DaemonReport.FileName), """{"containers": 3}""");
        Assert.Null(DaemonReport.Read(_directory));
    }
}
