using TransparentCni.Core.Configuration;
using TransparentCni.Plugin.Install;
using TransparentCni.Plugin.Install.Files;
using TransparentCni.Plugin.Install.Text;

namespace TransparentCni.Plugin.Tests.Install;

public sealed class HostileFileTests
{
    public static TheoryData<string, string> Texts => new()
    {
        { "", "is not JSON" },
        { "   ", "is not JSON" },
        { "\uFEFF{}", "is not JSON" },
        { "{", "is not JSON" },
        { "{} {}", "is not JSON" },
        { "{\"a\": 1,}", "is not JSON" },
        { "// comment\n{}", "is not JSON" },
        { new string('[', 100) + new string(']', 100), "is not JSON" },
        { "[]", "is not a JSON object" },
        { "null", "is not a JSON object" },
        { "{}", "name: is missing" },
        { """{"name":7,"cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}""", "name: \"7\" is not a string" },
        { """{"name":"../x","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}""", "name: \"../x\" is no network's name" },
        { """{"name":"\ud800","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}""", "name: a string in it is not valid Unicode" },
        { """{"\ud800":1,"name":"a","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}""", "a string in it is not valid Unicode" },
        { """{"name":"a","plugins":[{"type":"bridge"}]}""", "cniVersion: is missing" },
        { """{"name":"a","cniVersion":"0.2.0","plugins":[{"type":"bridge"}]}""", "cniVersion: \"0.2.0\" is not spoken" },
        { """{"name":"a","cniVersion":"1.0.0","cniVersions":["1.0.0","2.0.0"],"plugins":[{"type":"bridge"}]}""", "cniVersions: \"2.0.0\"" },
        { """{"name":"a","cniVersion":"1.0.0","cniVersions":"1.0.0","plugins":[{"type":"bridge"}]}""", "cniVersions: is not a list" },
        { """{"name":"a","cniVersion":"1.0.0"}""", "plugins: is missing" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":{}}""", "plugins: is not a list" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[]}""", "plugins: is empty" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":["bridge"]}""", "plugins[0]: is not a JSON object" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"bridge"},{"x":1}]}""", "plugins[1].type: is missing" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":null}]}""", "plugins[0].type: \"null\" is not a string" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"bridge","Type":"ptp"}]}""", "plugins[0]: key \"Type\" is there twice" },
        { """{"name":"a","cniVersion":"1.0.0","name":"b","plugins":[{"type":"bridge"}]}""", "key \"name\" is there twice" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"bridge"},{"type":"tproxy"},{"type":"tproxy"}]}""", "plugins: tproxy is there 2 times" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"tproxy"}]}""", "plugins[0].type: is tproxy itself" },
        { """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"cilium-cni"}]}""", "plugins: \"cilium-cni\" may forward packets past" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_of_no_use_is_named_with_file_and_key_and_nothing_is_changed(string text, string problem)
    {
        using var node = new ScratchNode();
        var file = node.Write("10-net.conflist", text);
        var error = Assert.Throws<InstallException>(() => node.Install());
        Assert.StartsWith($"{file}: {problem}", error.Message, StringComparison.Ordinal);
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(text), File.ReadAllBytes(file));
        Assert.Equal(["10-net.conflist"], node.Names());
        Assert.False(Directory.Exists(node.BinDir));
    }

    [Fact]
    public void A_list_in_a_file_for_one_plugin_is_named()
    {
        using var node = new ScratchNode();
        var file = node.Write("10-net.conf", """{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}""");
        Assert.StartsWith($"{file}: plugins: ", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_named()
    {
        using var node = new ScratchNode();
        File.WriteAllBytes(node.Conf("10-net.conflist"), [.. "{\"name\":\""u8, 0xff, .. "\"}"u8]);
        Assert.Contains("not UTF-8", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_file_is_not_read()
    {
        using var node = new ScratchNode();
        using (var file = File.Create(node.Conf("10-net.conflist")))
            file.SetLength(1L << 40);
        Assert.Contains("more than the", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_is_named_with_where_it_leads_and_stays()
    {
        using var node = new ScratchNode();
        var there = node.Write("elsewhere", ScratchNode.Kindnet);
        File.CreateSymbolicLink(node.Conf("10-net.conflist"), there);
        var error = Assert.Throws<InstallException>(() => node.Install());
        Assert.Contains($"symbolic link to {there}", error.Message, StringComparison.Ordinal);
        Assert.Equal(there, new FileInfo(node.Conf("10-net.conflist")).LinkTarget);
        Assert.Equal(ScratchNode.Kindnet, File.ReadAllText(there));
    }

    [Fact]
    public void A_named_pipe_does_not_make_it_wait()
    {
        using var node = new ScratchNode();
        Lab.Isolation.Command.Run(new Lab.Isolation.Command("mkfifo", node.Conf("10-net.conflist"))).Required();
        Assert.Contains("is not a file", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_configurations_is_named()
    {
        using var node = new ScratchNode();
        Assert.Contains($"{node.ConfDir}: holds no network configuration", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
        Assert.Contains("--conf-dir", Assert.Throws<InstallException>(() => node.Install(options => options with { Paths = options.Paths with { ConfDir = "/nowhere" } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_executable_of_this_machine_is_not_installed()
    {
        using var node = new ScratchNode();
        node.Write("10-kindnet.conflist", ScratchNode.Kindnet);
        File.WriteAllText(node.From, "#!/bin/sh\nexit 0\n# and more of it\n");
        Assert.Contains("is no executable", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
        var foreign = File.ReadAllBytes("/bin/true");
        foreign[18] ^= 0xff;
        File.WriteAllBytes(node.From, foreign);
        Assert.Contains("another kind of processor", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
        File.Delete(node.From);
        Assert.Contains("--from", Assert.Throws<InstallException>(() => node.Install()).Message, StringComparison.Ordinal);
        Assert.Equal(["10-kindnet.conflist"], node.Names());
        Assert.False(Directory.Exists(node.BinDir));
    }

    [Fact]
    public void Where_packets_may_go_past_the_packet_filter_the_administrator_decides()
    {
        using var node = new ScratchNode();
        node.Write("05-cilium.conflist", """{"name":"cilium","cniVersion":"0.3.1","plugins":[{"type":"cilium-cni"}]}""");
        Assert.Throws<InstallException>(() => node.Install());
        node.Install(options => options with { Force = true });
        Assert.Equal(["cilium-cni", "tproxy"], node.Types("05-cilium.conflist"));
    }

    [Theory]
    [InlineData("exclude")]
    [InlineData("=x")]
    [InlineData("exclude=10.96.0.1/12")]
    [InlineData("onFailure=maybe")]
    [InlineData("rulePriority=0")]
    [InlineData("unknown=1")]
    public void A_setting_that_the_plugin_would_refuse_is_refused(string text) =>
        Assert.Contains("--set", Assert.Throws<SettingException>(() => Entry.Setting(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("pool=7", "\"7\"")]
    [InlineData("port=3129", "3129")]
    [InlineData("masquerade=true", "true")]
    [InlineData("markMask=0x0fff0000", "\"0x0fff0000\"")]
    [InlineData("exclude=", "\"\"")]
    public void A_setting_is_written_as_the_configuration_has_it(string text, string json) => Assert.Equal(json, Entry.Setting(text).Value);

    [Fact]
    public void A_file_that_changes_while_it_is_worked_on_is_not_overwritten()
    {
        using var node = new ScratchNode();
        var path = node.Write("10-net.conflist", ScratchNode.Kindnet);
        using var source = SourceFile.Open(path);
        File.WriteAllText(path, "another");
        Assert.Throws<ChangedMeanwhileException>(() => AtomicFile.Replace(source, [1]));
        Assert.Equal("another", File.ReadAllText(path));
        Assert.Equal(["10-net.conflist"], node.Names());
    }

    [Fact]
    public void A_writer_that_had_the_file_open_while_it_was_replaced_is_not_lost()
    {
        using var node = new ScratchNode();
        var path = node.Write("10-net.conflist", ScratchNode.Kindnet);
        using var installer = new Installer(node.Options, node.Say);
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            installer.Install();
            writer.SetLength(0);
            writer.Write("""{"name":"late","cniVersion":"1.0.0","plugins":[{"type":"bridge"}]}"""u8);
        }

        installer.Install();
        Assert.Equal(["bridge", "tproxy"], node.Types("10-net.conflist"));
        Assert.Contains("late", node.Read("10-net.conflist.before-tproxy"), StringComparison.Ordinal);
    }
}
