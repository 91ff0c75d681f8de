using TransparentCni.Core.Nft;
using static TransparentCni.Netlink.NfTables.NftRegister;
using Nf = TransparentCni.Netlink.NfTables;

namespace TransparentCni.Dataplane.Filter;

/// <content>What is said inside the namespace of a proxy that terminates.</content>
internal sealed partial class RuleCompiler
{
    private const byte Tcp = 6;

    // RFC 9293, section 3.1: the second half of the thirteenth byte; FIN, SYN, RST and ACK, and SYN alone.
    private const byte OpeningFlags = 0x17;
    private const byte Syn = 0x02;

    private void AddCapture(NftStatement statement)
    {
        switch (statement)
        {
            case NftStatement.FromInterface(var name, var negate):
                _expressions.Add(new Nf.MetaLoad(Nf.NftMetaKey.InputInterfaceName));
                Compare(negate, Nf.NftValue.InterfaceName(name));
                break;
            case NftStatement.OpensTcp:
                _expressions.AddRange(Nf.NftMatch.Protocol(Tcp));
                _expressions.Add(Nf.PayloadLoad.TcpFlags());
                _expressions.Add(Nf.Bitwise.And(Nf.NftValue.UInt8(OpeningFlags)));
                Compare(negate: false, Nf.NftValue.UInt8(Syn));
                break;
            case NftStatement.ToSocket(var port):
                _expressions.Add(new Nf.ImmediateData(Nf.NftValue.Port(port)));
                _expressions.Add(new Nf.TransparentProxy(null, Port: R0));
                break;
            case NftStatement.RedirectTo(var port):
                _expressions.Add(new Nf.ImmediateData(Nf.NftValue.Port(port)));
                _expressions.Add(new Nf.Redirect(R0));
                break;
            default:
                throw new InvalidOperationException($"no way to say: {statement}");
        }
    }
}
