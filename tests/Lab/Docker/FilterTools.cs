namespace TransparentCni.Lab.Docker;

/// <summary>A base with this machine's <c>iptables</c>, of the variant that the engine here calls.</summary>
public static class FilterTools
{
    private static readonly string[] s_names =
        ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"];

    private static readonly Lazy<Image> s_image = new(Make);

    /// <summary>The image.</summary>
    public static Image Image => s_image.Value;

    private static Image Make()
    {
        // One program under many names, which looks at the name that it was called by.
        var program = new FileInfo("/usr/sbin/iptables").ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? "/usr/sbin/iptables";
        using var image = new ImageBuilder("filter-tools:lab").AddProgram(program).AddDirectory("/tmp").AddDirectory("/run");
        foreach (var name in s_names.Where(name => $"/usr/sbin/{name}" != program))
            image.AddLink($"/usr/sbin/{name}", program);
        foreach (var extensions in Directory.GetDirectories("/usr/lib", "*-linux-gnu").Select(libraries => Path.Combine(libraries, "xtables")).Where(Directory.Exists))
            image.AddTree(extensions);
        return image.Build("CMD [\"/usr/sbin/iptables\", \"--version\"]");
    }
}
