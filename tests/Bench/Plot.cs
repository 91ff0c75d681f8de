using System.Globalization;
using System.Text;

namespace TransparentCni.Bench;

/// <summary>A line plot as SVG: one curve a contender over a logarithmic axis.</summary>
internal sealed class Plot(string title, string unit, IReadOnlyList<int> steps)
{
    private const int Width = 640;
    private const int Height = 360;
    private const int Left = 70;
    private const int Right = 170;
    private const int Top = 40;
    private const int Bottom = 50;
    private static readonly string[] s_colours = ["#1b6ca8", "#c0392b", "#7f8c8d"];

    private readonly List<(string Name, IReadOnlyList<double> Values)> _curves = [];

    public void Add(string name, IReadOnlyList<double> values) => _curves.Add((name, values));

    public string ToSvg()
    {
        var top = _curves.SelectMany(curve => curve.Values).Max() * 1.1;
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line(svg, $"<rect width=\"100%\" height=\"100%\" fill=\"white\"/><text x=\"{Left}\" y=\"22\" font-size=\"15\">{title}</text>");
        for (var tick = 0; tick <= 4; tick++)
        {
            var y = Y(top * tick / 4, top);
            Line(svg, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.0}\" y2=\"{y:0.0}\" stroke=\"#ddd\"/>");
            Line(svg, $"<text x=\"{Left - 6}\" y=\"{y + 4:0.0}\" text-anchor=\"end\">{top * tick / 4:0.##}</text>");
        }

        for (var i = 0; i < steps.Count; i++)
            Line(svg, $"<text x=\"{X(i):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{steps[i]:N0}</text>");
        Line(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">clients registered</text>");
        Line(svg, $"<text x=\"14\" y=\"{Height / 2}\" transform=\"rotate(-90 14 {Height / 2})\" text-anchor=\"middle\">{unit}</text>");
        for (var i = 0; i < _curves.Count; i++)
            Curve(svg, i, top);
        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private void Curve(StringBuilder svg, int index, double top)
    {
        var (name, values) = _curves[index];
        var colour = s_colours[index % s_colours.Length];
        var points = string.Join(' ', values.Select((value, i) => string.Create(CultureInfo.InvariantCulture, $"{X(i):0.0},{Y(value, top):0.0}")));
        Line(svg, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        for (var i = 0; i < values.Count; i++)
            Line(svg, $"<circle cx=\"{X(i):0.0}\" cy=\"{Y(values[i], top):0.0}\" r=\"3\" fill=\"{colour}\"/>");
        Line(svg, $"<text x=\"{Width - Right + 12}\" y=\"{Top + 14 + (20 * index)}\" fill=\"{colour}\">{name}</text>");
    }

    private double X(int step) => Left + 20 + ((Width - Left - Right - 40.0) * step / Math.Max(1, steps.Count - 1));

    private static double Y(double value, double top) => Height - Bottom - ((Height - Top - Bottom) * value / top);

    private static void Line(StringBuilder svg, FormattableString text) =>
        svg.AppendLine(text.ToString(CultureInfo.InvariantCulture));
}
