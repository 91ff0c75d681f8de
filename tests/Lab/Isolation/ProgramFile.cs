namespace TransparentCni.Lab.Isolation;

/// <summary>
/// Makes files that can be executed at once. A program of its own writes them: what this process opens for writing, a
/// child that another thread is just starting holds open too, and as long as anybody does, the kernel executes the file
/// for nobody (ETXTBSY).
/// </summary>
public static class ProgramFile
{
    /// <summary>Makes one, or puts it in the place of one.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string path, string text) => Install("/dev/stdin", path, text);

    /// <summary>Copies one, or puts it in the place of one.</summary>
    /// <returns>The copy's path.</returns>
    public static string Copy(string from, string path) => Install(from, path);

    private static string Install(string from, string path, string input = "")
    {
        Command.Run(new Command("install", "-m", "755", from, path) { Input = input }).Required();
        return path;
    }
}
