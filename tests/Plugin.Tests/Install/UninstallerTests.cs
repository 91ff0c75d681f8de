using TransparentCni.Plugin.Install;

namespace TransparentCni.Plugin.Tests.Install;

public sealed class UninstallerTests
{
    [Fact]
    public void The_file_is_again_what_it_was_to_the_byte()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install();
        Assert.True(node.Uninstall());
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist"));
        Assert.Equal(["10-kindnet.conflist"], node.Names());
        Assert.True(File.Exists(node.Target));
        Assert.True(node.Uninstall());
    }

    [Fact]
    public void What_others_changed_since_stays_and_only_the_entry_goes()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install();
        node.Write("10-kindnet.conflist", node.Read("10-kindnet.conflist").Replace("1500", "1400", StringComparison.Ordinal));
        node.Uninstall();
        Assert.Equal(ScratchNode.Kindnet.Replace("1500", "1400", StringComparison.Ordinal), node.Read("10-kindnet.conflist"));
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist.before-tproxy"));
    }

    [Fact]
    public void A_list_made_of_a_single_plugin_and_changed_since_stays_a_list()
    {
        using var node = new ScratchNode();
        node.Write("10-net.conf", """{"cniVersion":"1.0.0","name":"net","type":"bridge","mtu":1500}""");
        node.Install();
        node.Write("10-net.conflist", node.Read("10-net.conflist").Replace("1500", "1400", StringComparison.Ordinal));
        node.Uninstall();
        Assert.Equal(["bridge"], node.Types("10-net.conflist"));
        Assert.False(File.Exists(node.Conf("10-net.conf")));
    }

    [Fact]
    public void The_entry_goes_from_every_chain_and_other_files_stay()
    {
        using var node = new ScratchNode();
        const string alone = """{"cniVersion":"1.0.0","name":"own","plugins":[{"type":"tproxy","ipam":{}}]}""";
        const string broken = "{ \"type\": \"tproxy\"";
        foreach (var name in new[] { "10-a", "20-b" })
            node.Write($"{name}.conflist", $$"""{"cniVersion":"1.0.0","name":"{{name}}","plugins":[{"type":"bridge"}, {"type":"tproxy"}, {"type":"portmap"}]}""");
        node.Write("30-own.conflist", alone);
        node.Write("40-broken.conflist", broken);
        node.Uninstall();
        Assert.Equal(["bridge", "portmap"], node.Types("10-a.conflist"));
        Assert.Equal(["bridge", "portmap"], node.Types("20-b.conflist"));
        Assert.Equal((alone, broken), (node.Read("30-own.conflist"), node.Read("40-broken.conflist")));
        Assert.Contains(node.Said, line => line.Contains("own is made by tproxy itself", StringComparison.Ordinal));
    }

    [Fact]
    public void The_executable_goes_only_when_asked_and_nothing_uses_it()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install();
        node.Write("30-own.conflist", """{"cniVersion":"1.0.0","name":"own","plugins":[{"type":"tproxy","ipam":{}}]}""");
        Assert.False(node.Uninstall(options => options with { RemoveBinary = true }));
        Assert.True(File.Exists(node.Target));
        File.Delete(node.Conf("30-own.conflist"));
        Assert.True(node.Uninstall(options => options with { RemoveBinary = true }));
        Assert.False(File.Exists(node.Target));
        Assert.True(node.Uninstall(options => options with { RemoveBinary = true }));
    }

    [Fact]
    public void A_dry_run_changes_nothing()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        node.Install();
        var before = node.Read("10-kindnet.conflist");
        node.Uninstall(options => options with { DryRun = true, RemoveBinary = true });
        Assert.Equal(before, node.Read("10-kindnet.conflist"));
        Assert.Equal(["10-kindnet.conflist", "10-kindnet.conflist.before-tproxy"], node.Names());
        Assert.True(File.Exists(node.Target));
    }

    [Fact]
    public void A_dropped_in_file_leaves_the_runtimes_file_alone_and_goes_with_its_directory()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        InstallOptions DropIn(InstallOptions options) => options with { DropIn = true };
        Assert.True(node.Install(DropIn));
        Assert.False(node.Install(DropIn));
        Assert.Equal(ScratchNode.Kindnet, node.Read("10-kindnet.conflist"));
        Assert.Equal(["10-kindnet.conflist", "kindnet"], node.Names());
        Assert.Equal(
            """{ "cniVersion": "0.3.1", "type": "tproxy", "capabilities": { "io.kubernetes.cri.pod-annotations": true } }""",
            node.Read("kindnet/50-tproxy.conf").TrimEnd());
        node.Uninstall();
        Assert.Equal(["10-kindnet.conflist"], node.Names());
    }

    [Fact]
    public void Nothing_is_dropped_in_where_it_would_not_be_read()
    {
        using var node = new ScratchNode();
        node.Write("10-net.conflist", """{"cniVersion":"1.1.0","name":"net","loadOnlyInlinedPlugins":true,"plugins":[{"type":"bridge"}]}""");
        Assert.Contains("loadOnlyInlinedPlugins", Assert.Throws<InstallException>(() => node.Install(options => options with { DropIn = true })).Message, StringComparison.Ordinal);
        node.Write("10-net.conflist", ScratchNode.Kindnet);
        node.Write("kindnet", "a file in the way");
        Assert.Contains("--drop-in", Assert.Throws<InstallException>(() => node.Install(options => options with { DropIn = true })).Message, StringComparison.Ordinal);
    }
}
