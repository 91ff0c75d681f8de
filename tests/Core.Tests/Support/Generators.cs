using System.Net;
using FsCheck;
using FsCheck.Fluent;
using TransparentCni.Core.Model;

namespace TransparentCni.Core.Tests.Support;

/// <summary>Generators of what users write, crowded enough that ranges meet, touch and contain each other.</summary>
internal static class Generators
{
    private static readonly string[] s_networkParts = ["10.1.2.0", "10.1.3.128", "10.0.0.0", "192.0.2.77", "0.0.0.0", "255.255.255.255"];

    private static readonly string[] s_networkParts6 = ["fd00::", "fd00:0:0:1::", "2001:db8::ff", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"];

    public static Gen<PortRange> PortRange { get; } =
        from protocol in Gen.Elements(Core.Model.PortRange.Protocols.ToArray())
        from first in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, 65535), Gen.Choose(65500, 65535))
        from length in Gen.OneOf(Gen.Choose(0, 5), Gen.Choose(0, 65535))
        from whole in Gen.Choose(0, 9)
        select whole == 0 || !protocol.HasPorts
            ? new PortRange(protocol.Name, 0, ushort.MaxValue)
            : new PortRange(protocol.Name, (ushort)first, (ushort)Math.Min(first + length, ushort.MaxValue));

    public static Gen<IPNetwork> Network { get; } = Gen.OneOf(NetworkOf(s_networkParts, 32), NetworkOf(s_networkParts6, 128));

    public static Gen<ClientPolicy> Policy { get; } =
        from pool in Gen.Elements("web", "dns", "web2", "default")
        from ports in PortRange.ListOf()
        from exclude in Network.ListOf()
        from direction in Gen.Elements(FlowDirection.Egress, FlowDirection.Both)
        from onFailure in Gen.Elements(FailureMode.Closed, FailureMode.Open)
        select new ClientPolicy { Pool = pool, Ports = [.. ports], Exclude = [.. exclude], Direction = direction, OnFailure = onFailure };

    public static Gen<MasqueradePolicy> Masquerade { get; } =
        from uplinks in Gen.Elements("eth0", "eth1", "wlan0", "eth0,eth1", "direct=True").ListOf()
        from directToo in ArbMap.Default.GeneratorFor<bool>()
        select new MasqueradePolicy([.. uplinks], directToo);

    /// <summary>The same in another order, which the seed picks.</summary>
    public static IReadOnlyList<T> Shuffled<T>(IReadOnlyList<T> list, int seed)
    {
        var shuffled = list.ToArray();
        new Random(seed).Shuffle(shuffled);
        return shuffled;
    }

    private static Gen<IPNetwork> NetworkOf(string[] addresses, int bits) =>
        from address in Gen.Elements(addresses)
        from bit in Gen.Choose(0, bits - 1)
        from prefix in Gen.OneOf(Gen.Choose(0, bits), Gen.Choose(bits - 10, bits))
        select Cut(IPAddress.Parse(address), bit, prefix);

    // The address with one bit turned over, without what is behind the prefix.
    private static IPNetwork Cut(IPAddress address, int bit, int prefix)
    {
        var bytes = address.GetAddressBytes();
        bytes[bit / 8] ^= (byte)(0x80 >> (bit % 8));
        for (var i = prefix; i < bytes.Length * 8; i++)
            bytes[i / 8] &= (byte)~(0x80 >> (i % 8));
        return new IPNetwork(new IPAddress(bytes), prefix);
    }
}
