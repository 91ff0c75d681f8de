namespace TransparentCni.Lab.Docker;

/// <summary>The images that tests run, each made when it is first asked for.</summary>
public static class Images
{
    private static readonly string[] s_applets =
        ["cat", "echo", "httpd", "ip", "kill", "ls", "nc", "nslookup", "ping", "ping6", "sh", "sleep", "touch", "true", "udhcpc", "wget"];

    private static readonly Lazy<Image> s_busybox = new(MakeBusybox);

    /// <summary>A small system that sleeps for ever: a client, or a proxy that forwards.</summary>
    public static Image Busybox => s_busybox.Value;

    private static Image MakeBusybox()
    {
        using var image = WithBusybox("busybox:lab");
        return image.Build("CMD [\"sleep\", \"1000000\"]");
    }

    private static ImageBuilder WithBusybox(string name)
    {
        var image = new ImageBuilder(name).AddDirectory("/tmp").AddDirectory("/etc").AddAt("/bin/busybox", "/bin/busybox");
        foreach (var applet in s_applets)
            image.AddLink($"/bin/{applet}", "busybox");
        return image;
    }
}
