using TransparentCni.Demo;

var report = new Report(Console.Out);
try
{
    if (args is ["docker"])
        DockerStory.Tell(report);
    else
        Story.Tell(report);
}
catch (Exception exception)
{
    report.Claim("the demonstration runs to its end", false);
    Console.Error.WriteLine(exception);
}

return report.Close();
