using TransparentCni.Netlink.Tests.Support;

namespace TransparentCni.Netlink.Tests.NfTables.Support;

/// <summary>The real nft, inside a namespace: the judge of what the library makes.</summary>
internal static class NftTool
{
    /// <summary>Runs a script; fails where nft does.</summary>
    public static void Apply(this TestNetns netns, string script)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, script + "\n");
            Shell.Run("ip", "netns", "exec", netns.Name, "nft", "-f", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Everything there is, as nft prints it.</summary>
    public static string ListRuleset(this TestNetns netns) =>
        Shell.Run("ip", "netns", "exec", netns.Name, "nft", "list", "ruleset");

    /// <summary>Everything there is with handles, as nft prints it.</summary>
    public static string ListRulesetWithHandles(this TestNetns netns) =>
        Shell.Run("ip", "netns", "exec", netns.Name, "nft", "-a", "list", "ruleset");
}
