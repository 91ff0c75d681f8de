namespace TransparentCni.Netlink.Rtnetlink;

/// <content>Rules.</content>
public sealed partial class RouteSocket
{
    /// <inheritdoc cref="RouteBatch.AddRule"/>
    public void AddRule(Rule rule, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().AddRule(rule, tolerate);
        ExecuteSingle();
    }

    /// <inheritdoc cref="RouteBatch.DeleteRule"/>
    public void DeleteRule(Rule rule, Tolerate tolerate = Tolerate.Nothing)
    {
        Single().DeleteRule(rule, tolerate);
        ExecuteSingle();
    }

    /// <summary>
    /// Lists rules in the order in which they are asked. Equivalent to: <c>ip [-6] rule show</c>. The kernel has no
    /// filter for them.
    /// </summary>
    public List<Rule> ListRules(InetFamily family)
    {
        RouteQueries.ListRules(Query(), family);
        return Socket.Dump<Rule>(_query, "list rules", null, RuleParser.TryParse);
    }
}
