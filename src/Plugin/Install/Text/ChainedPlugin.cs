namespace TransparentCni.Plugin.Install.Text;

/// <summary>One plugin of a chain.</summary>
/// <param name="Type">Its executable's name.</param>
/// <param name="Place">Where its object stands.</param>
internal sealed record ChainedPlugin(string Type, JsonPlace Place)
{
    /// <summary>This product's type.</summary>
    public const string Ours = "tproxy";

    /// <summary>Whether it is this product.</summary>
    public bool IsOurs => Type == Ours;
}
