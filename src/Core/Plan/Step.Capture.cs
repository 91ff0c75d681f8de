using TransparentCni.Core.Model;

namespace TransparentCni.Core.Plan;

/// <content>What delivers packets to a proxy's own sockets, inside its namespace.</content>
public abstract partial record Step
{
    /// <summary>
    /// A routing rule for marked packets that came in by an interface; one that is there is fine. It says nothing of what
    /// the container's own programs send, whatever marks they use.
    /// </summary>
    public sealed record AddDeliveryRule(AddressFamily Family, string Device, uint Mark, uint Mask, uint Priority, uint Table) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Place.Container;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Place.Container, Family)} rule add {Arrivals(Device, Mark, Mask)} priority {Priority} {Action(Table)} protocol {NodeLayout.RouteProtocol}";
    }

    /// <summary>Deletes such a rule; one that is gone is fine.</summary>
    public sealed record DeleteDeliveryRule(AddressFamily Family, string Device, uint Mark, uint Mask, uint Priority, uint Table) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Place.Container;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Place.Container, Family)} rule del {Arrivals(Device, Mark, Mask)} priority {Priority} {Action(Table)} protocol {NodeLayout.RouteProtocol}";
    }

    /// <summary>A table in which every address is the namespace's own.</summary>
    public sealed record ReplaceDeliveryRoute(AddressFamily Family, uint Table) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Place.Container;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Place.Container, Family)} route replace local default dev lo table {Table} proto {NodeLayout.RouteProtocol}";
    }

    /// <summary>Empties such a table; one that is empty is fine.</summary>
    public sealed record DeleteDeliveryRoute(AddressFamily Family, uint Table) : Step
    {
        /// <inheritdoc/>
        public override Place Place => Place.Container;

        /// <inheritdoc/>
        public override string ToString() =>
            $"{Ip(Place.Container, Family)} route del local default dev lo table {Table} proto {NodeLayout.RouteProtocol}";
    }

    private static string Arrivals(string device, uint mark, uint mask) =>
        $"iif {ShellWord.Of(device)} fwmark 0x{mark:x}/0x{mask:x}";
}
