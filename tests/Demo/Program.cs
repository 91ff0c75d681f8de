using TransparentCni.Demo;

var report = new Report(Console.Out);
try
{
    Story.Tell(report);
}
catch (Exception exception)
{
    report.Claim("the demonstration runs to its end", false);
    Console.Error.WriteLine(exception);
}

return report.Close();
