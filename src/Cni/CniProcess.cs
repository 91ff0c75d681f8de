namespace TransparentCni.Cni;

/// <summary>All that a call exchanges with the world outside: handed in, so that tests can be that world.</summary>
/// <param name="Environment">The environment variables.</param>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output: one JSON object or nothing.</param>
/// <param name="Log">Takes the lines of standard error.</param>
internal sealed record CniProcess(
    IReadOnlyDictionary<string, string> Environment, Stream Input, Stream Output, Action<string> Log);
