namespace TransparentCni.Plugin.Install;

/// <summary>Something cannot be installed or removed as it is. The message names the file, the key, and the way out.</summary>
internal class InstallException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A file was changed while it was being worked on: look again.</summary>
internal sealed class ChangedMeanwhileException(string path)
    : InstallException($"{path}: somebody else changed it at the same time; try again");
