using Microsoft.Extensions.Logging.Abstractions;
using TransparentCni.Dataplane;
using TransparentCni.Lab.Isolation;
using TransparentCni.Plugin.Watch;

namespace TransparentCni.Plugin.Tests.Watch;

/// <summary>A node with an engine's bridge and another one, and links that somebody makes.</summary>
public sealed class PortWatchTests : IDisposable
{
    private const string Bridge = "engine0";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly NetworkNamespace _node = NetworkNamespace.Create("port-watch");
    private readonly CancellationTokenSource _end = new();
    private readonly PortHold _hold = new();
    private readonly Task _watch;
    private volatile bool _expectsClients = true;
    private volatile int _asked;

    public PortWatchTests()
    {
        _node.Ip($"link add {Bridge} type bridge", "link add other0 type bridge");
        AddPort("before", Bridge);
        var watch = new PortWatch(() => new HashSet<string> { Bridge, "not-there" }, ExpectsClients, _hold, NullLogger<PortWatch>.Instance);
        _watch = _node.Run(() => watch.RunAsync(_end.Token));
        // It listens from some moment on; what is made before is taken for having been there.
        for (var number = 0; !IsHeld(); number++)
            AddPort($"first{number}", Bridge);
        AddPort("last", Bridge);
        Assert.True(SpinWait.SpinUntil(() => IsHeld("last"), s_patience));
    }

    public void Dispose()
    {
        _end.Cancel();
        Assert.True(_watch.Wait(s_patience));
        _hold.Dispose();
        _node.Dispose();
        _end.Dispose();
    }

    [Fact]
    public void A_new_port_of_the_engines_is_held_and_no_other()
    {
        Assert.DoesNotContain("before", Rules(), StringComparison.Ordinal);
        AddPort("foreign", "other0");
        _node.Ip("link add loose type veth peer name loose-");
        AddPort("theirs", Bridge);
        Assert.True(SpinWait.SpinUntil(() => IsHeld("theirs"), s_patience));
        Assert.DoesNotContain("foreign", Rules(), StringComparison.Ordinal);
        Assert.DoesNotContain("loose", Rules(), StringComparison.Ordinal);
    }

    [Fact]
    public void While_no_client_may_be_started_nobody_is_held()
    {
        var before = _asked;
        _expectsClients = false;
        AddPort("meanwhile", Bridge);
        Assert.True(SpinWait.SpinUntil(() => _asked > before, s_patience));
        _expectsClients = true;
        AddPort("afterwards", Bridge);
        Assert.True(SpinWait.SpinUntil(() => IsHeld("afterwards"), s_patience));
        Assert.False(IsHeld("meanwhile"));
    }

    [Fact]
    public void Nothing_is_left_when_the_time_of_all_is_over() =>
        Assert.True(SpinWait.SpinUntil(() => Rules().Length == 0, s_patience));

    private bool ExpectsClients()
    {
        var answer = _expectsClients;
        Interlocked.Increment(ref _asked);
        return answer;
    }

    private void AddPort(string name, string bridge) =>
        _node.Ip($"link add {name} type veth peer name {name}-", $"link set {name} master {bridge}");

    private bool IsHeld(string name = "first") => Rules().Contains($"\"{name}", StringComparison.Ordinal);

    private string Rules() => _node.Run("nft", "list", "ruleset").Output;
}
