namespace TransparentCni.Lab.Isolation;

/// <summary>The source tree that the running tests were built from.</summary>
public static class Repository
{
    /// <summary>Its root: the directory of the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "TransparentCni.sln")))
                return directory.FullName;
        }

        throw new DirectoryNotFoundException($"no TransparentCni.sln above {AppContext.BaseDirectory}");
    }
}
