using TransparentCni.Cni.Tests.Support;

namespace TransparentCni.Cni.Tests;

public sealed class DispatcherTests
{
    [Fact]
    public void Without_a_command_it_says_what_it_is_and_succeeds()
    {
        var outcome = new Call().Run();
        outcome.ShouldSucceed();
        Assert.Equal("", outcome.Output);
        var line = Assert.Single(outcome.Log);
        Assert.Contains($"version {ProductVersion.Text}, a CNI plugin", line, StringComparison.Ordinal);
        Assert.Contains("0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("add")]
    [InlineData("Add")]
    [InlineData("ADD ")]
    [InlineData("ADD\n")]
    [InlineData("UPDATE")]
    [InlineData("help")]
    public void An_unknown_command_is_an_environment_error(string command) =>
        Call.Of(command).Run().ShouldFail(4, "CNI_COMMAND", "ADD, DEL, CHECK, GC, STATUS or VERSION");

    [Theory]
    [InlineData("ADD", "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME")]
    [InlineData("CHECK", "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME")]
    [InlineData("DEL", "CNI_CONTAINERID, CNI_IFNAME")]
    [InlineData("GC", "CNI_PATH")]
    public void Every_missing_variable_is_named_at_once(string command, string names)
    {
        var unset = new Call();
        unset.Environment.Clear();
        unset.Env("CNI_COMMAND", command).Run().ShouldFail(4, $"{command} needs {names} in");
        var empty = Call.Of(command);
        foreach (var name in names.Split(", "))
            empty.Env(name, "");
        empty.Run().ShouldFail(4, names);
    }

    [Fact]
    public void Status_needs_no_other_variable()
    {
        var call = Call.Of("STATUS");
        call.Environment.Clear();
        call.Env("CNI_COMMAND", "STATUS").Run().ShouldSucceed();
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("-a")]
    [InlineData(".a")]
    [InlineData("_a")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("é")]
    [InlineData("aé")]
    [InlineData("a\u0660")]
    public void An_id_outside_the_alphabet_is_refused(string id) =>
        Call.Chained("ADD").Env("CNI_CONTAINERID", id).Run().ShouldFail(4, "CNI_CONTAINERID");

    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("default-0a1B2c_d.e")]
    public void An_id_of_the_alphabet_is_taken(string id) =>
        Call.Chained("ADD").Env("CNI_CONTAINERID", id).Run().ShouldSucceed();

    [Theory]
    [InlineData("0123456789abcdef")]
    [InlineData("éééééééé")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("à")]
    [InlineData("eth%d")]
    [InlineData(".")]
    [InlineData("..")]
    public void An_interface_name_that_the_kernel_would_not_take_is_refused(string name) =>
        Call.Chained("ADD").Env("CNI_IFNAME", name).Run().ShouldFail(4, "CNI_IFNAME", "1 to 15 bytes");

    [Theory]
    [InlineData("0123456789abcde")]
    [InlineData("ééééééé")]
    [InlineData("...")]
    [InlineData("eth0.100@x")]
    public void An_interface_name_of_up_to_fifteen_bytes_is_taken(string name) =>
        Call.Chained("ADD").Env("CNI_IFNAME", name).Run().ShouldSucceed();

    [Theory]
    [InlineData("run/netns/x")]
    [InlineData("x")]
    [InlineData("../x")]
    public void A_namespace_path_has_to_be_absolute(string path)
    {
        Call.Chained("ADD").Env("CNI_NETNS", path).Run().ShouldFail(4, "CNI_NETNS", "absolute");
        Call.Chained("CHECK").Env("CNI_NETNS", path).Run().ShouldFail(4, "CNI_NETNS");
    }

    [Fact]
    public void A_namespace_path_longer_than_any_path_is_refused() =>
        Call.Chained("ADD").Env("CNI_NETNS", "/" + new string('a', 5000)).Run().ShouldFail(4, "CNI_NETNS");

    [Fact]
    public void The_environment_is_looked_at_before_standard_input()
    {
        var call = Call.Of("ADD").Env("CNI_IFNAME", "");
        call.InputStream = new BrokenStream();
        call.Run().ShouldFail(4, "CNI_IFNAME");
    }

    [Fact]
    public void Hostile_values_do_not_reach_the_log_as_they_are()
    {
        var hostile = "a\n\u001b[31mforged\u202e" + new string('x', 10_000);
        var outcome = Call.Chained("ADD").Env("CNI_CONTAINERID", hostile).Run();
        outcome.ShouldFail(4, "\"a??[31mforged?xxx");
        Assert.InRange(outcome.Message.Length, 1, 300);
    }

    [Theory]
    [InlineData("0.4.0")]
    [InlineData("1.0.0")]
    public void An_error_is_in_the_version_of_the_configuration(string version)
    {
        var outcome = Call.Chained("ADD", version).With("role", "chief").Run();
        outcome.ShouldFail(7);
        Assert.Equal(version, (string?)outcome.Json["cniVersion"]);
    }

    [Fact]
    public void The_services_error_becomes_the_error_object()
    {
        var call = Call.Chained("ADD").With("role", "client");
        call.Service.OnAdd = _ => throw new CniException(CniErrorCode.InvalidNetns, "no such namespace", "ENOENT");
        var outcome = call.Run();
        outcome.ShouldFail(8, "no such namespace");
        Assert.Equal("ENOENT", (string?)outcome.Json["details"]);
        Assert.Equal(4, outcome.Json.Count);
        Assert.Equal("no such namespace (ENOENT)", Assert.Single(outcome.Log));
    }

    [Fact]
    public void A_fault_of_ours_is_999_with_the_stack_on_standard_error()
    {
        var call = Call.Chained("ADD").With("role", "client");
        call.Service.OnAdd = _ => throw new InvalidOperationException("impossible");
        var outcome = call.Run();
        outcome.ShouldFail(999, "InvalidOperationException", "impossible");
        Assert.Contains(nameof(Verbs), Assert.Single(outcome.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_cannot_be_written_fails_the_call()
    {
        var call = Call.Chained("ADD");
        call.OutputStream = new BrokenStream();
        var outcome = call.Run();
        Assert.Equal(1, outcome.Status);
        Assert.Contains("Broken pipe", Assert.Single(outcome.Log), StringComparison.Ordinal);
    }
}
