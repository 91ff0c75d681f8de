using TransparentCni.Netlink.NfTables;

namespace TransparentCni.Netlink.Tests.NfTables.Values;

public sealed class NftRegisterTests
{
    [Fact]
    public void Every_register_is_read_as_it_was_written()
    {
        foreach (var register in Enum.GetValues<NftRegister>())
            Assert.Equal(register, NftRegisterNumbers.FromWire(register.ToWire()));
    }

    [Fact]
    public void Both_numberings_are_read()
    {
        Assert.Equal(NftRegister.R4, NftRegisterNumbers.FromWire(2));
        Assert.Equal(NftRegister.R4, NftRegisterNumbers.FromWire(12));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(24)]
    [InlineData(uint.MaxValue)]
    public void Other_numbers_are_no_registers(uint number) => Assert.Null(NftRegisterNumbers.FromWire(number));
}
