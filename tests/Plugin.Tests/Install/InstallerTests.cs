using System.Text.Json;
using TransparentCni.Lab.Isolation;

namespace TransparentCni.Plugin.Tests.Install;

public sealed class InstallerTests
{
    private const string Entry = """{ "type": "tproxy", "capabilities": { "io.kubernetes.cri.pod-annotations": true } }""";

    [Fact]
    public void The_entry_stands_behind_the_interface_plugin_and_every_other_byte_stays()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        Assert.True(node.Install());
        Assert.Equal(["ptp", "tproxy", "portmap"], node.Types("10-kindnet.conflist"));
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist").Replace($",\n\t{Entry}", "", StringComparison.Ordinal));
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist.before-tproxy"));
        Assert.Equal(["10-kindnet.conflist", "10-kindnet.conflist.before-tproxy"], node.Names());
    }

    [Fact]
    public void The_executable_is_put_in_place_and_can_be_run()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install();
        Assert.Equal(File.ReadAllBytes(node.From), File.ReadAllBytes(node.Target));
        Assert.Equal((UnixFileMode)0x1ed, File.GetUnixFileMode(node.Target));
        Assert.Equal([node.Target], Directory.GetFileSystemEntries(node.BinDir));
    }

    [Fact]
    public void A_second_time_changes_nothing()
    {
        using var node = new ScratchNode();
        var file = node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install();
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        File.SetLastWriteTimeUtc(node.Target, DateTime.UnixEpoch);
        Assert.False(node.Install());
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(node.Target));
    }

    [Fact]
    public void A_newer_executable_replaces_the_one_in_place_while_that_runs()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        Directory.CreateDirectory(node.BinDir);
        ProgramFile.Copy("/bin/sleep", node.Target);
        using var running = System.Diagnostics.Process.Start(node.Target, "1000");
        try
        {
            Assert.True(node.Install());
            Assert.False(running.HasExited);
            Assert.Equal(File.ReadAllBytes("/bin/true"), File.ReadAllBytes(node.Target));
        }
        finally
        {
            running.Kill();
        }
    }

    [Theory]
    [InlineData("bridge", "bridge tproxy")]
    [InlineData("flannel portmap bandwidth", "flannel tproxy portmap bandwidth")]
    [InlineData("ptp bandwidth firewall portmap", "ptp tproxy bandwidth firewall portmap")]
    [InlineData("bridge tuning portmap", "bridge tuning tproxy portmap")]
    [InlineData("bridge portmap tuning sbr firewall", "bridge portmap tuning sbr tproxy firewall")]
    [InlineData("ptp istio-cni", "ptp tproxy istio-cni")]
    public void The_place_is_behind_what_shapes_the_interface_and_before_what_lets_packets_in(string before, string after)
    {
        using var node = new ScratchNode();
        var plugins = before.Split(' ').Select(type => $$"""{"type":"{{type}}"}""");
        node.Write("10-net.conflist", $$"""{"cniVersion":"1.0.0","name":"net","plugins":[{{string.Join(',', plugins)}}]}""");
        node.Install();
        Assert.Equal(after.Split(' '), node.Types("10-net.conflist"));
    }

    [Fact]
    public void The_first_file_in_order_is_the_one_that_is_meant()
    {
        using var node = new ScratchNode();
        var chain = """{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"}]}""";
        foreach (var name in new[] { "20-b.conflist", "9-a.conflist", "10-c.conflist", "00-note.txt", ".hidden.conflist.bak" })
            node.Write(name, chain);
        Directory.CreateDirectory(node.Conf("01-directory.conflist"));
        node.Install();
        Assert.Equal(["bridge", "tproxy"], node.Types("10-c.conflist"));
        Assert.Equal(["bridge"], node.Types("20-b.conflist"));
        Assert.Equal(["bridge"], node.Types("9-a.conflist"));
    }

    [Theory]
    [InlineData("two", null)]
    [InlineData(null, "20-two.conflist")]
    public void Another_network_is_chosen_by_its_name_or_its_file(string? network, string? file)
    {
        using var node = new ScratchNode();
        node.Write("05-broken.conflist", "{");
        node.Write("10-one.conflist", """{"cniVersion":"1.0.0","name":"one","plugins":[{"type":"bridge"}]}""");
        node.Write("20-two.conflist", """{"cniVersion":"1.0.0","name":"two","plugins":[{"type":"bridge"}]}""");
        node.Install(options => options with { Network = network, File = file });
        Assert.Equal(["bridge"], node.Types("10-one.conflist"));
        Assert.Equal(["bridge", "tproxy"], node.Types("20-two.conflist"));
    }

    [Theory]
    [InlineData("10-single.conf")]
    [InlineData("10-single.json")]
    public void A_single_plugin_becomes_a_list_and_comes_back(string name)
    {
        const string text = "{ \"cniVersion\": \"0.3.1\", \"name\": \"single\", \"type\": \"bridge\", \"number\": 12345678901234567890.10, \"é\": null }";
        using var node = new ScratchNode();
        node.Write(name, text);
        Assert.True(node.Install());
        Assert.Equal(new[] { "10-single.conflist", $"{name}.before-tproxy" }.Order(StringComparer.Ordinal), node.Names());
        Assert.Equal(["bridge", "tproxy"], node.Types("10-single.conflist"));
        using (var json = JsonDocument.Parse(node.Read("10-single.conflist")))
        {
            Assert.Equal("single", json.RootElement.GetProperty("name").GetString());
            Assert.Equal("0.3.1", json.RootElement.GetProperty("cniVersion").GetString());
        }

        Assert.Contains(text, node.Read("10-single.conflist"), StringComparison.Ordinal);
        Assert.False(node.Install());
        Assert.False(node.Install(options => options with { File = name }));
        node.Uninstall();
        Assert.Equal([name], node.Names());
        Assert.Equal(text, node.Read(name));
    }

    [Fact]
    public void A_single_plugin_that_its_writer_writes_anew_is_made_a_list_again_with_the_entry_as_it_was()
    {
        using var node = new ScratchNode();
        const string text = """{"cniVersion":"1.0.0","name":"single","type":"bridge","mtu":1400}""";
        node.Write("10-single.conf", text);
        node.Install(options => options with { Settings = ScratchNode.Settings("onFailure=open") });
        node.Write("10-single.conf", text.Replace("1400", "1300", StringComparison.Ordinal));
        Assert.True(node.Install());
        Assert.Equal(["10-single.conf.before-tproxy", "10-single.conflist"], node.Names());
        Assert.Contains("1300", node.Read("10-single.conflist"), StringComparison.Ordinal);
        Assert.Contains("\"onFailure\": \"open\"", node.Read("10-single.conflist"), StringComparison.Ordinal);
        node.Uninstall();
        Assert.Contains("1300", node.Read("10-single.conf"), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_put_into_the_entry_and_changed_there_and_nothing_else_of_it_is()
    {
        using var node = new ScratchNode();
        node.Write("10-net.conflist", """{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"}, {"type":"tproxy","role":"client","x":1e400}]}""");
        node.Install(options => options with { Settings = ScratchNode.Settings("exclude=10.96.0.0/12,fd00::/8", "masquerade=false", "rulePriority=77") });
        Assert.Equal(
            """{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"}, { "type": "tproxy", "role": "client", "x": 1e400, "exclude": "10.96.0.0/12,fd00::/8", "masquerade": false, "rulePriority": 77 }]}""",
            node.Read("10-net.conflist"));
        Assert.False(node.Install(options => options with { Settings = ScratchNode.Settings("masquerade=false") }));
        Assert.True(node.Install(options => options with { Settings = ScratchNode.Settings("masquerade=true") }));
        Assert.Contains("\"masquerade\": true", node.Read("10-net.conflist"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_made_by_hand_is_left_as_it_is()
    {
        using var node = new ScratchNode();
        const string text = """{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"},{"type":"portmap"},{"Type":"tproxy","role":"client"}]}""";
        node.Write("10-net.conflist", text);
        node.Install();
        Assert.Equal(text, node.Read("10-net.conflist"));
        Assert.Equal(["10-net.conflist"], node.Names());
    }

    [Fact]
    public void A_dry_run_shows_the_file_and_changes_nothing()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install(options => options with { DryRun = true });
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist"));
        Assert.Equal(["10-kindnet.conflist"], node.Names());
        Assert.False(Directory.Exists(node.BinDir));
        Assert.Contains(node.Said, line => line.Contains(Entry, StringComparison.Ordinal));
        Assert.Contains(node.Said, line => line.Contains(node.Target, StringComparison.Ordinal));
    }

    [Fact]
    public void Owner_and_permissions_of_the_file_survive()
    {
        using var node = new ScratchNode();
        var file = node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Lab.Isolation.Command.Run(new Lab.Isolation.Command("chown", "123:456", file)).Required();
        node.Install();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, File.GetUnixFileMode(file));
        Assert.Equal("123:456", Lab.Isolation.Command.Run(new Lab.Isolation.Command("stat", "-c", "%u:%g", file)).Required().Output.Trim());
    }

    [Fact]
    public void What_a_killed_installer_left_is_not_read_and_not_in_the_way()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Write(".10-kindnet.conflist.tproxy-new", "{ half");
        node.Install();
        Assert.Equal(["10-kindnet.conflist", "10-kindnet.conflist.before-tproxy"], node.Names());
    }

    [Fact]
    public void Installers_at_the_same_time_enter_once()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ => node.Install());
        Assert.Equal(["ptp", "tproxy", "portmap"], node.Types("10-kindnet.conflist"));
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist.before-tproxy"));
    }
}
