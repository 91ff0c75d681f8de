using TransparentCni.Core.Rules;
using TransparentCni.Core.Tests.Support;

namespace TransparentCni.Core.Tests.Rules;

public sealed class NamesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1022)]
    public void A_chain_that_leads_to_a_proxy_tells_its_number(int number) =>
        Assert.Equal(number, Names.NumberOf(Names.ToChain(number)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("to_")]
    [InlineData("to_proxy")]
    [InlineData("from_5")]
    [InlineData("direct")]
    public void Another_chain_tells_none(string? chain) => Assert.Null(Names.NumberOf(chain));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("fd00::1")]
    public void A_gateways_chain_tells_the_gateway(string gateway) =>
        Assert.Equal(System.Net.IPAddress.Parse(gateway), Names.GatewayOf(Names.GatewayChain(System.Net.IPAddress.Parse(gateway))));

    [Theory]
    [InlineData("gateway_")]
    [InlineData("gateway_0a0000")]
    [InlineData("gateway_0a00000z")]
    [InlineData("client_0a000001")]
    public void Another_chain_tells_no_gateway(string chain) => Assert.Null(Names.GatewayOf(chain));

    [Theory]
    [InlineData("web")]
    [InlineData("pool_web")]
    public void A_pools_map_tells_its_pool(string pool) => Assert.Equal(pool, Names.PoolOf(Names.Pool(pool).Name));

    [Fact]
    public void No_other_set_passes_for_a_pools() =>
        Assert.All(
            BaseRules.Sets.Concat(BridgeRules.Sets).Concat(Samples.Rules(Samples.BothWays).Group().Sets),
            set => Assert.Null(Names.PoolOf(set.Name)));
}
