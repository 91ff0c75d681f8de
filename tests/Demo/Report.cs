using TransparentCni.Lab.Wire;

namespace TransparentCni.Demo;

/// <summary>What a person reads: plain text, at most 100 columns, and claims that are checked.</summary>
internal sealed class Report(TextWriter output)
{
    private const int LegWidth = 18;
    private const int PairWidth = 38;

    private int _claims;

    private int _wrong;

    /// <summary>Begins a part of the story.</summary>
    public void Part(string title)
    {
        output.WriteLine();
        output.WriteLine(title);
        output.WriteLine(new string('-', title.Length));
    }

    /// <summary>A line of the story.</summary>
    public void Say(string text) => output.WriteLine($"  {text}");

    /// <summary>States something, and whether it was seen to be so.</summary>
    public void Claim(string text, bool holds)
    {
        _claims++;
        if (!holds)
            _wrong++;
        output.WriteLine($"  {(holds ? "[ok]   " : "[WRONG]")} {text}");
    }

    /// <summary>What was seen of a flow on each leg.</summary>
    public void Table(string title, Journey journey)
    {
        output.WriteLine();
        output.WriteLine($"  {title,-LegWidth}{"out",-PairWidth}  back");
        foreach (var leg in Enum.GetValues<Leg>())
        {
            var (there, back) = (Cell(journey, leg, false), Cell(journey, leg, true));
            output.WriteLine($"  {journey.Name(leg),-LegWidth}{there,-PairWidth}  {back}");
        }
    }

    /// <summary>Ends the report.</summary>
    /// <returns>The exit code: 0 where every claim holds.</returns>
    public int Close()
    {
        output.WriteLine();
        output.WriteLine(_wrong == 0 ? $"All {_claims} claims hold." : $"{_wrong} of {_claims} claims do NOT hold.");
        return _wrong == 0 ? 0 : 1;
    }

    private static string Cell(Journey journey, Leg leg, bool back)
    {
        var seen = journey.Sightings.Where(sighting => sighting.Leg == leg && sighting.Back == back).ToList();
        return seen.Count == 0 ? "-" : string.Join(", ", seen.Select(sighting => $"{sighting.From} > {sighting.To}"));
    }
}
