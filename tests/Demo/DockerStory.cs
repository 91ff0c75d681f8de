using System.Diagnostics;
using System.Net;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;
using TransparentCni.Lab.Traffic;
using TransparentCni.Lab.Wire;

namespace TransparentCni.Demo;

/// <summary>Labels are all it takes: a real squid and an application in containers of a real Docker engine.</summary>
internal static class DockerStory
{
    private static readonly IPEndPoint s_web = new(Internet.OtherServer(false), 80);

    private static readonly ContainerSpec s_squid = new()
    {
        Name = "squid",
        Image = Images.Squid,
        Labels = new Dictionary<string, string>
        {
            ["tproxy.role"] = "proxy",
            ["tproxy.pool"] = "web",
            ["tproxy.mode"] = "redirect",
            ["tproxy.port"] = $"80={Images.SquidInterceptPort}",
        },
    };

    private static readonly ContainerSpec s_application = new()
    {
        Name = "app",
        Labels = new Dictionary<string, string> { ["tproxy.role"] = "client", ["tproxy.via"] = "web" },
    };

    /// <summary>Tells it.</summary>
    public static void Tell(Report report)
    {
        report.Part("1. A Docker engine in a test node's namespace, and tproxyd beside it");
        using var node = new Node();
        using var engine = new Engine(node);
        using var daemon = new Tproxyd(node, engine.Socket);
        using var web = HttpService.Start(node.Internet.Namespace, s_web);
        daemon.Start();
        report.Say($"dockerd {engine.Ask("version")!["Version"]}: a bridge, masquerade and FORWARD policy of its own.");

        report.Part("2. docker run, with labels and nothing else");
        var squid = Run(report, daemon, engine, s_squid);
        squid.WaitUntilItListens(Images.SquidInterceptPort);
        var application = Run(report, daemon, engine, s_application);
        var uplink = node.Capture(Node.Uplink, "uplink");
        var legs = new Legs(node.Capture(application.HostInterface, "client leg"), squid.Capture("squid"), uplink);

        ARequest(report, squid, application, legs);
        WhatSquidDoesNotTake(report, node, application, legs);
        SquidIsKilled(report, daemon, squid, application, legs);
        TheDaemonIsKilled(report, daemon, application);
        CleanUp(report, node, engine, daemon);
    }

    private static DockerContainer Run(Report report, Tproxyd daemon, Engine engine, ContainerSpec spec)
    {
        report.Say($"$ docker run --detach --name {spec.Name} \\");
        report.Say($"    {string.Join(' ', spec.Labels.Select(label => $"--label {label.Key}={label.Value}"))} {spec.Image.Name}");
        var container = daemon.Wired(engine.Run(spec));
        report.Say($"  has {container.OwnAddress(false)} and {container.OwnAddress(true)} beside Docker's {container.Address(false)}");
        return container;
    }

    private static void ARequest(Report report, DockerContainer squid, DockerContainer application, Legs legs)
    {
        report.Part("3. A request of the application, which knows of no proxy");
        legs.Clear();
        report.Say($"$ docker exec app wget -q -O - http://{s_web.Address}/");
        var answer = application.TryExec("timeout", "10", "wget", "-q", "-O", "-", $"http://{s_web.Address}/");
        report.Say(answer.Output.Trim());
        report.Claim("the web server answers, and sees the node's address", answer.Output.Trim() == HttpService.Greeting(Node.Address(false)));
        var client = application.OwnAddress(false);
        report.Table("TCP to port 80", new Journey(legs, FlowTo(legs.Client, client)));
        report.Say("");
        report.Say("squid's access.log:");
        var line = squid.Exec("cat", Images.SquidLog).Split('\n')[^1];
        report.Say($"  {line}");
        report.Claim($"squid has logged the request with the application's own address, {client}", line.Contains($" {client} ", StringComparison.Ordinal));
        report.Claim("the uplink has seen the node's address alone", legs.Uplink.Packets.Where(Leaks.IsOut).All(packet => Node.Address(false).Equals(packet.Source)));
    }

    // What the application opened: its connection is known by its first packet.
    private static Flow FlowTo(Capture capture, IPAddress client)
    {
        var first = capture.Packets.First(packet => packet.TcpFlags == TcpFlags.Syn && packet.DestinationPort == s_web.Port);
        return new Flow(Protocols.Tcp, client, first.SourcePort!.Value, s_web.Address, (ushort)s_web.Port);
    }

    private static void WhatSquidDoesNotTake(Report report, Node node, DockerContainer application, Legs legs)
    {
        report.Part("4. What squid does not take crosses its container all the same");
        foreach (var (kind, ipv6) in Attempt.Kinds)
        {
            legs.Clear();
            var attempt = Attempt.Make(node, application.Namespace, application.OwnAddress(ipv6), kind, Limits.Answer);
            var problems = new Journey(legs, attempt.Flow).ProblemsIfProxied(Node.Address(ipv6));
            var name = kind == FlowKind.Icmp ? "ping" : $"{kind}".ToUpperInvariant();
            report.Claim($"{name}{(ipv6 ? " over IPv6" : "")}: answered, same packets on every leg, both ways", attempt.IsAnswered && problems.Count == 0);
            foreach (var problem in problems)
                report.Say($"        {problem}");
        }
    }

    private static void SquidIsKilled(Report report, Tproxyd daemon, DockerContainer squid, DockerContainer application, Legs legs)
    {
        report.Part("5. squid is killed");
        report.Say("$ docker kill squid");
        squid.Kill();
        legs.Client.Clear();
        legs.Uplink.Clear();
        var clock = Stopwatch.StartNew();
        var answer = application.TryExec("timeout", "10", "wget", "-q", "-O", "-", $"http://{s_web.Address}/");
        report.Say("$ docker exec app wget …");
        report.Say($"{answer.Error.Trim()}  (after {clock.ElapsedMilliseconds} ms)");
        report.Claim("the application gets an error, not silence", answer.Error.Contains("refused", StringComparison.Ordinal));
        report.Claim("nothing was seen on the uplink", !legs.Uplink.Packets.Any(Leaks.IsOut));
        report.Say("$ docker start squid");
        squid.Start();
        daemon.Wired(squid).WaitUntilItListens(Images.SquidInterceptPort);
        report.Claim("squid is back, and so is the web", Asks(application));
    }

    private static void TheDaemonIsKilled(Report report, Tproxyd daemon, DockerContainer application)
    {
        report.Part("6. tproxyd is killed: the wiring is in the kernel");
        daemon.Kill();
        report.Claim("the application goes on", Asks(application));
        daemon.Start();
        Until.Holds(() => (bool?)daemon.Status["daemon"]?["running"] == true, "the daemon is back");
        report.Claim("and it does with the daemon back", Asks(application));
        foreach (var line in daemon.Run("status").Output.TrimEnd().Split('\n'))
            report.Say(line);
    }

    private static void CleanUp(Report report, Node node, Engine engine, Tproxyd daemon)
    {
        report.Part("7. docker rm");
        engine.Run("rm", "--force", "app", "squid");
        Until.Holds(() => Holdings.Owners(node).Count == 0, "nothing is left", () => daemon.Log);
        report.Claim("nothing of either container is left on the node", Holdings.Counts(node) == (0, 0, 0));
        report.Claim("tproxyd ends in order", daemon.Stop() == 0);
    }

    private static bool Asks(DockerContainer application) =>
        application.TryExec("timeout", "10", "wget", "-q", "-O", "-", $"http://{s_web.Address}/").Output.Trim()
        == HttpService.Greeting(Node.Address(false));
}
