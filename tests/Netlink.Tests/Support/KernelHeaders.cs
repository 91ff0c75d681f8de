using System.Globalization;
using System.Text;

namespace TransparentCni.Netlink.Tests.Support;

/// <summary>
/// Asks the system's own C headers: expressions are compiled with gcc into a program that prints their values.
/// </summary>
internal static class KernelHeaders
{
    /// <summary>Values of C expressions, such as <c>IFLA_IFNAME</c> or <c>sizeof(struct rtmsg)</c>.</summary>
    /// <param name="headers">What to include: <c>linux/rtnetlink.h</c>.</param>
    /// <param name="expressions">Integer constant expressions; a macro or member that does not exist fails.</param>
    public static Dictionary<string, long> Evaluate(IEnumerable<string> headers, IEnumerable<string> expressions)
    {
        var program = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n#include <stddef.h>\n");
        foreach (var header in headers)
            program.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
        program.Append("int main(void) {\n");
        foreach (var expression in expressions)
            program.Append(CultureInfo.InvariantCulture, $"  printf(\"%s=%lld\\n\", \"{expression}\", (long long)({expression}));\n");
        program.Append("}\n");
        return Parse(CompileAndRun(program.ToString()));
    }

    private static string CompileAndRun(string program)
    {
        var directory = Directory.CreateTempSubdirectory("kernel-headers-");
        try
        {
            var source = Path.Combine(directory.FullName, "probe.c");
            var binary = Path.Combine(directory.FullName, "probe");
            File.WriteAllText(source, program);
            Compile(source, binary);
            return Shell.Run(binary);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Compile(string source, string binary)
    {
        try
        {
            var (code, _, errors) = Shell.TryRun("gcc", "-w", "-o", binary, source);
            Assert.True(code == 0, $"The probe does not compile; apt-get install linux-libc-dev libc6-dev? {errors}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Fail("gcc is missing: apt-get install gcc libc6-dev linux-libc-dev");
        }
    }

    private static Dictionary<string, long> Parse(string output)
    {
        var values = new Dictionary<string, long>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var split = line.LastIndexOf('=');
            values[line[..split]] = long.Parse(line.AsSpan(split + 1), CultureInfo.InvariantCulture);
        }

        return values;
    }
}
