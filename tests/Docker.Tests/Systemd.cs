using System.Globalization;
using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Isolation;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>
/// Debian's systemd as the first process of a node: in a namespace of each kind, with a root of its own in memory (of this
/// machine only <c>/usr</c>, which it cannot write to, and a copy of <c>/etc</c>), and in a group of its own. It knows no unit
/// but those of Docker, as the package has them, and this product's, so it does nothing else to the machine.
/// </summary>
internal sealed class Systemd : IDisposable
{
    private const string Units = "/etc/systemd/system";

    // Arguments: where the root is mounted, this product's unit, its executable, the engine's configuration.
    private const string Script = $$"""
        set -e
        mount --make-rprivate /
        mount -t tmpfs -o mode=755 tmpfs "$1"
        cd "$1"
        mkdir dev etc old opt proc root run sys tmp usr var var/lib var/log
        ln -s /run var/run
        for link in bin sbin lib lib64; do if [ -L /$link ]; then ln -s "$(readlink /$link)" $link; fi; done
        mount --bind /usr usr
        mount -o remount,bind,ro usr
        cp -a /etc/. etc
        rm -rf etc/systemd etc/docker etc/machine-id etc/fstab
        mkdir -p .{{Units}}/multi-user.target.wants etc/docker
        echo 00000000000000000000000000000001 >etc/machine-id
        cp "$4" etc/docker/daemon.json
        mount -t tmpfs tmpfs usr/local
        mkdir usr/local/bin
        cp "$3" usr/local/bin/tproxyd
        mount -t tmpfs tmpfs dev
        for device in null zero full random urandom tty; do cp -a /dev/$device dev; done
        mkdir dev/pts dev/shm
        mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
        ln -s pts/ptmx dev/ptmx
        ln -s /proc/self/fd dev/fd
        mount -t proc proc proc
        mount -t sysfs -o ro sysfs sys
        if [ -d /sys/fs/cgroup/pids ]; then
          mount -t tmpfs tmpfs sys/fs/cgroup
          for hierarchy in /sys/fs/cgroup/*; do
            name=${hierarchy##*/}
            options=$name
            if [ $name = systemd ]; then options=none,name=systemd; fi
            if [ $name != unified ]; then mkdir sys/fs/cgroup/$name; mount -t cgroup -o $options cgroup sys/fs/cgroup/$name; fi
          done
        else
          mount -t cgroup2 cgroup2 sys/fs/cgroup
        fi
        cd .{{Units}}
        for unit in basic sysinit multi-user network network-pre network-online local-fs sockets timers paths slices shutdown umount final; do
          cp /usr/lib/systemd/system/$unit.target .
        done
        cp /usr/lib/systemd/system/containerd.service /usr/lib/systemd/system/docker.service /usr/lib/systemd/system/docker.socket "$2" .
        for service in containerd docker tproxyd; do
          mkdir $service.service.d
          printf '[Service]\nStandardOutput=append:/var/log/%s\nStandardError=append:/var/log/%s\n' $service $service >$service.service.d/log.conf
        done
        for service in docker tproxyd; do ln -s ../$service.service multi-user.target.wants; done
        cd "$1"
        pivot_root . old
        umount -l /old
        exec env -i container=other PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH={{Units}} \
          /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=console --default-standard-output=null
        """;

    private const string EngineConfiguration = """{"ipv6": true, "fixed-cidr-v6": "fd00:17::/64", "ip6tables": true, "experimental": true, "dns": ["192.0.2.1"]}""";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ControlGroup _group = new("systemd");

    private readonly BackgroundProgram _program;

    private int _first;

    /// <summary>Starts it, and does not wait for its units.</summary>
    public Systemd(Node node, string unit)
    {
        var root = Directory.CreateDirectory(Path.Combine(node.Directory, "systemd")).FullName;
        var configuration = Path.Combine(node.Directory, "daemon.json");
        File.WriteAllText(configuration, EngineConfiguration);
        string[] namespaces = ["unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup"];
        string[] words = [.. _group.EntranceToAll, .. namespaces, "sh", "-c", Script, "systemd", root, unit, Tproxyd.Executable, configuration];
        _program = BackgroundProgram.Start(
            new Command(words[0], words[1..]) { Namespace = node.Namespace }, Path.Combine(node.Directory, "systemd.log"), _group);
        try
        {
            _program.WaitUntil(() => (_first = ChildOf(_program.Id)) != 0, s_patience, "it has a process");
            _program.WaitUntil(() => File.Exists(PathOf("/run/systemd/private")), s_patience, "systemd answers");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>By which name the outside finds what it has under this one.</summary>
    public string PathOf(string path) => $"/proc/{_first}/root{path}";

    /// <summary>What a service has printed.</summary>
    public string LogOf(string service) => File.Exists(PathOf($"/var/log/{service}")) ? File.ReadAllText(PathOf($"/var/log/{service}")) : "";

    /// <summary>The number that one of its processes has here; 0: there is none (proc_pid_status(5), NSpid).</summary>
    public int ProcessOf(int inside) => _group.Processes.FirstOrDefault(process => NumbersOf(process) is [_, var number, ..] && number == $"{inside}");

    /// <summary>Runs <c>systemctl</c>, and requires that it succeeds.</summary>
    /// <returns>What it printed, without the last line's end.</returns>
    public string Control(params string[] arguments) => Run(["systemctl", "--no-pager", .. arguments]).Required().Output.TrimEnd();

    /// <summary>A property of a unit.</summary>
    public string Property(string unit, string name) => Control("show", "--property", name, "--value", unit);

    /// <summary>Waits until a unit is in a state.</summary>
    public void WaitUntil(string unit, string state) => _program.WaitUntil(
        () => Run("systemctl", "is-active", unit).Output.Trim() == state, s_patience, $"{unit} is {state}");

    /// <summary>Runs a program where its units run.</summary>
    public CommandResult Run(params string[] words) => Command.Run(new Command(
        "nsenter", ["--target", $"{_first}", "--mount", "--pid", "--net", "--uts", "--ipc", "--", .. words])
    { Limit = s_patience });

    private static string[] NumbersOf(int process)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).Split('\t')[1..];
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // It has ended.
            return [];
        }
    }

    // Once it is unshare(1): on the way there it is a shell, which has children too.
    private static int ChildOf(int program) => File.ReadAllText($"/proc/{program}/comm") == "unshare\n"
        && int.TryParse(File.ReadAllText($"/proc/{program}/task/{program}/children").Trim(), CultureInfo.InvariantCulture, out var child) ? child : 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _group.Kill();
        _program.Dispose();
        _group.Dispose();
    }
}
