using TransparentCni.Core.Model;
using TransparentCni.Core.Nft;
using TransparentCni.Core.Rules;
using TransparentCni.Dataplane.Wiring;
using TransparentCni.Netlink;

namespace TransparentCni.Dataplane;

/// <content>Garbage collection, and whether the node can do what is asked.</content>
public sealed partial class NodeDataplane
{
    /// <summary>
    /// Removes every attachment of a network that is not among the valid ones. Goes on past errors.
    /// </summary>
    /// <param name="network">Whose attachments are meant; those of others are never touched.</param>
    /// <param name="valid">The container ids and interface names that stay.</param>
    /// <returns>What could not be removed, and why.</returns>
    /// <exception cref="DataplaneException"><see cref="Trouble.State"/> or <see cref="Trouble.Busy"/>.</exception>
    public IReadOnlyList<(string Attachment, Exception Error)> Collect(string network, IReadOnlySet<(string ContainerId, string InterfaceName)> valid)
    {
        List<(string, Exception)> errors = [];
        if (!_state.Exists)
            return errors;
        using var turn = Turn();
        using var demolition = new LinkDemolition();
        List<Attachment> gone =
        [
            .. _state.ListAll().Where(attachment => attachment.Id.Network == network
                && !valid.Contains((attachment.Id.ContainerId, attachment.Id.InterfaceName))),
        ];
        using var inside = FindInside(gone);
        foreach (var attachment in gone)
            Attempt(attachment.Id.ToString(), () => Remove(attachment.Id, demolition, inside.Of(attachment)));

        // What lost its file: the kernel's objects still say whose they are.
        var layout = Layout;
        var known = valid.Select(id => new AttachmentId(network, id.ContainerId, id.InterfaceName).Owner).ToHashSet(StringComparer.Ordinal);
        foreach (var owner in OwnersInKernel().Where(owner => AttachmentId.OwnerIsOf(owner, network) && !known.Contains(owner)))
            Attempt(owner, () => RemoveByOwner(owner, layout, demolition));
        Attempt("links", demolition.Finish);
        Attempt("node", () => ClearNodeWhereEmpty(Layout));
        return errors;

        void Attempt(string what, Action action)
        {
            try
            {
                action();
            }
            catch (Exception exception) when (exception is NetlinkException or DataplaneException)
            {
                errors.Add((what, exception));
            }
        }
    }

    /// <summary>Whether an attachment could be wired now.</summary>
    /// <param name="capture">What a proxy would capture; null: nothing.</param>
    /// <exception cref="DataplaneException">The state directory is not writable.</exception>
    /// <exception cref="NetlinkException">The kernel lacks something, or refuses; it says what was tried.</exception>
    public void Probe(Capture? capture = null)
    {
        _state.Probe();
        if (_filter.Has(Names.Table))
            return;
        // The whole table, made and removed in one transaction: the kernel judges every line, and no packet meets it.
        var rules = new BaseRules(_configured);
        Commit(() => [.. rules.Create(), new NftOperation.DeleteTable(Names.Table)]);
        if (capture is not null)
            Commit(() => new CaptureRules(_configured, new AttachmentId("", "", ""), "lo", capture).Rehearse());
    }

    private HashSet<string> OwnersInKernel()
    {
        var owners = new HashSet<string>(StringComparer.Ordinal);
        foreach (var link in _node.ListLinks(kind: "veth"))
        {
            if (AttachmentId.OwnerOfAlias(link.Alias) is { } owner)
                owners.Add(owner);
        }

        foreach (var element in _filter.List(owner => BaseRules.GuardedInterface(owner) is null))
            owners.Add(element.Owner);
        return owners;
    }
}
