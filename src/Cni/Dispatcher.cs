using TransparentCni.Cni.Configuration;
using TransparentCni.Cni.Results;

namespace TransparentCni.Cni;

/// <summary>
/// One call of the plugin: environment and standard input to verb, and its outcome to standard output and exit status
/// (<see href="https://www.cni.dev/docs/spec/#section-2-execution-protocol">CNI spec, section 2</see>).
/// </summary>
/// <param name="service">What the verbs do to the node.</param>
internal sealed class Dispatcher(IAttachmentService service)
{
    /// <summary>
    /// Runs the call. Whatever happens, standard output gets one complete JSON object or nothing.
    /// </summary>
    /// <returns>The exit status: 0, or 1 after an error object.</returns>
    public int Run(CniProcess process)
    {
        var version = CniVersions.Newest;
        ReadOnlyMemory<byte> answer;
        var status = 0;
        try
        {
            answer = Answer(process, ref version);
        }
        catch (CniException e)
        {
            process.Log(e.Details is null ? e.Message : $"{e.Message} ({e.Details})");
            answer = ResultWriter.Error(e, version);
            status = 1;
        }
        catch (Exception e)
        {
            process.Log(e.ToString());
            var message = $"unexpected {e.GetType().Name}: {e.Message}";
            answer = ResultWriter.Error(new CniException(CniErrorCode.Internal, message, null, e), version);
            status = 1;
        }
        return Print(process, answer) ? status : 1;
    }

    private ReadOnlyMemory<byte> Answer(CniProcess process, ref CniVersion version)
    {
        if (!process.Environment.TryGetValue("CNI_COMMAND", out var command) || command.Length == 0)
        {
            process.Log(
                $"version {ProductVersion.Text}, a CNI plugin that sends containers' traffic through proxy " +
                $"containers; a container runtime calls it with CNI_COMMAND set (CNI {CniVersions.SupportedText})");
            return default;
        }
        var invocation = Invocation.Read(process.Environment, command);
        if (invocation.Verb is CniVerb.Version)
            return VersionVerb.Answer(process.Input);
        var config = NetworkConfig.Parse(InputReader.ReadAll(process.Input), invocation.Verb, out version);
        return new Verbs(service, process, invocation, config).Run();
    }

    private static bool Print(CniProcess process, ReadOnlyMemory<byte> answer)
    {
        if (answer.IsEmpty)
            return true;
        try
        {
            process.Output.Write(answer.Span);
            return true;
        }
        catch (IOException e)
        {
            process.Log($"the answer cannot be written to standard output: {e.Message}");
            return false;
        }
    }
}
