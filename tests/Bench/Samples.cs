namespace TransparentCni.Bench;

/// <summary>Measurements of several contenders, taken in turns so that whatever else the machine does meets them all.</summary>
internal sealed class Samples
{
    private readonly Dictionary<string, List<double>> _samples = [];

    public void Add(string name, double value)
    {
        if (!_samples.TryGetValue(name, out var list))
            _samples[name] = list = [];
        list.Add(value);
    }

    public double Median(string name)
    {
        var sorted = _samples[name].Order().ToList();
        return sorted.Count % 2 == 1
            ? sorted[sorted.Count / 2]
            : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    public int Count(string name) => _samples[name].Count;

    /// <summary>The median of one over the median of another.</summary>
    public double Ratio(string name, string other) => Median(name) / Median(other);
}
