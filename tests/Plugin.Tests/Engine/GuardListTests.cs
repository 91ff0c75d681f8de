using TransparentCni.Plugin.Engine;

namespace TransparentCni.Plugin.Tests.Engine;

public sealed class GuardListTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tcgl").FullName;

    private string Data => Path.Join(_directory, "lib");

    private string FilePath => Path.Join(Data, "guarded-networks.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_is_guarded_is_read_back()
    {
        var list = new GuardList(Data);
        Assert.Empty(list.Read());
        list.Write([new NetworkReport("id", "vault", "br-vault")]);
        Assert.Equal([new NetworkReport("id", "vault", "br-vault")], list.Read());
        list.Write([]);
        Assert.Empty(list.Read());
    }

    [Fact]
    public void Where_nothing_is_guarded_no_file_is_made()
    {
        new GuardList(Data).Write([]);
        Assert.False(Directory.Exists(Data));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[3]")]
    [InlineData("""[{"id":"a"}]""")]
    [InlineData("""[{"id":"a","name":"b","bridge":"../x"}]""")]
    [InlineData("[null]")]
    public void A_damaged_file_guards_nothing_and_harms_nobody(string text)
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(FilePath, text);
        Assert.Empty(new GuardList(Data).Read());
    }
}
