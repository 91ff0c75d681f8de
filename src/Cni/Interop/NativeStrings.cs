using System.Runtime.InteropServices;

namespace TransparentCni.Cni.Interop;

/// <summary>Strings as <c>execve</c> takes them: an array of pointers to UTF-8, a null pointer at its end.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly byte** _pointers;
    private readonly int _count;

    /// <summary>Copies the strings.</summary>
    public NativeStrings(IReadOnlyCollection<string> strings)
    {
        _pointers = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        foreach (var text in strings)
            _pointers[_count++] = (byte*)Marshal.StringToCoTaskMemUTF8(text);
    }

    /// <summary>The array; valid until disposal.</summary>
    public byte** Pointers => _pointers;

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
            Marshal.FreeCoTaskMem((nint)_pointers[i]);
        NativeMemory.Free(_pointers);
    }
}
