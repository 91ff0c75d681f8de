namespace TransparentCni.Lab.Docker;

/// <summary>A haproxy that passes connections on to where their clients meant them to go.</summary>
public sealed record HaproxyOptions
{
    /// <summary>Where it takes HTTP.</summary>
    public const int HttpPort = 3129;

    /// <summary>Where it takes everything else, TLS for example, and passes it through.</summary>
    public const int TcpPort = 3130;

    /// <summary>Whether it binds transparently, as connections by TPROXY need it; else they are redirected to it.</summary>
    public bool Transparent { get; init; }

    /// <summary>Whether it connects with the client's address.</summary>
    public bool UsesClientAddress { get; init; }

    /// <summary>Writes its configuration into a directory and gives a container with it.</summary>
    public ContainerSpec Spec(string directory)
    {
        var file = Path.Combine(directory, $"haproxy-{Guid.NewGuid():N}.cfg");
        File.WriteAllText(file, $"""
            global
              log stdout format raw local0
            defaults
              timeout connect 5s
              timeout client 5s
              timeout server 5s
              log global
            {Section("web", "http", HttpPort)}
            {Section("other", "tcp", TcpPort)}

            """);
        return new ContainerSpec
        {
            Image = Images.Haproxy,
            // IP_TRANSPARENT takes CAP_NET_RAW, which Docker's containers have; nothing else is needed.
            More = ["--volume", $"{file}:{Images.HaproxyConfiguration}:ro", "--cap-drop", "ALL", .. Transparent ? ["--cap-add", "NET_RAW"] : Array.Empty<string>()],
        };
    }

    private string Section(string name, string mode, int port) => $"""
        listen {name}
          mode {mode}
          option {mode}log
          bind :{port} {(Transparent ? "transparent" : "")}
          bind :::{port} v6only {(Transparent ? "transparent" : "")}
          option transparent
          {(UsesClientAddress ? "source 0.0.0.0 usesrc clientip" : "")}
        """;
}
