using System.Globalization;

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

    public double Median(string name) => Median(_samples[name]);

    /// <summary>The median of the differences of two that were measured in pairs.</summary>
    public double MedianDifference(string name, string other) => Median(_samples[name].Zip(_samples[other], (one, two) => one - two));

    /// <summary>The median of the quotients of two that were measured in pairs.</summary>
    public double MedianRatio(string name, string other) => Median(_samples[name].Zip(_samples[other], (one, two) => one / two));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1
            ? sorted[sorted.Count / 2]
            : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>The value that so many of a hundred do not exceed.</summary>
    public double Percentile(string name, int percent)
    {
        var sorted = _samples[name].Order().ToList();
        return sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
    }

    public double Sum(string name) => _samples[name].Sum();

    public double Most(string name) => _samples[name].Max();

    public bool Has(string name) => _samples.ContainsKey(name);

    public int Count(string name) => _samples[name].Count;

    /// <summary>Keeps what was measured in a file: a name and a value a line.</summary>
    public void Save(string file) => File.WriteAllLines(file, _samples.SelectMany(
        sample => sample.Value.Select(value => string.Create(CultureInfo.InvariantCulture, $"{sample.Key}\t{value:R}"))));

    /// <summary>Adds what a file keeps.</summary>
    public void Load(string file)
    {
        foreach (var fields in File.ReadLines(file).Select(line => line.Split('\t')))
            Add(fields[0], double.Parse(fields[1], CultureInfo.InvariantCulture));
    }

    /// <summary>The median of one over the median of another.</summary>
    public double Ratio(string name, string other) => Median(name) / Median(other);
}
