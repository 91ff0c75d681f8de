namespace TransparentCni.Core.Configuration;

/// <summary>What somebody asked for is of no use. The message names the key, the value and the way out.</summary>
public sealed class SettingException(string message) : Exception(message);
