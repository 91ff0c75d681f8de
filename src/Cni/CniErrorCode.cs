namespace TransparentCni.Cni;

/// <summary>
/// The numbers that a CNI error object carries. 1–99 are the specification's
/// (<see href="https://www.cni.dev/docs/spec/#error">CNI spec, "Error"</see>), 100 and above are this plugin's own.
/// </summary>
internal enum CniErrorCode : uint
{
    /// <summary>The configuration's <c>cniVersion</c> is not spoken here, or has no such verb.</summary>
    IncompatibleVersion = 1,

    /// <summary>A key that is well formed and understood, but not supported.</summary>
    UnsupportedField = 2,

    /// <summary>The container is not known (the runtime need not clean up).</summary>
    UnknownContainer = 3,

    /// <summary>A needed environment variable is missing or invalid.</summary>
    InvalidEnvironment = 4,

    /// <summary>Reading standard input, or a file, failed.</summary>
    IoFailure = 5,

    /// <summary>What was read is not the JSON that it should be.</summary>
    DecodingFailure = 6,

    /// <summary>The network configuration is well-formed JSON but wrong.</summary>
    InvalidConfig = 7,

    /// <summary>The network namespace is missing, is none, or is the plugin's own.</summary>
    InvalidNetns = 8,

    /// <summary>A passing condition: the runtime should call again later.</summary>
    TryAgainLater = 11,

    /// <summary>STATUS: the plugin cannot serve ADD.</summary>
    NotAvailable = 50,

    /// <summary>STATUS: the plugin cannot serve ADD, and existing attachments may be cut off.</summary>
    NotAvailableExistingLimited = 51,

    /// <summary>The IPAM plugin could not be run, ran too long, or failed without an error object of its own.</summary>
    IpamFailed = 100,

    /// <summary>The kernel refused a step, or lacks what it needs.</summary>
    KernelRefused = 101,

    /// <summary>What is asked for contradicts what is there.</summary>
    Conflict = 102,

    /// <summary>An interface that another plugin should have made is not there.</summary>
    InterfaceMissing = 103,

    /// <summary>CHECK or GC: an attachment is not as it should be.</summary>
    WiringDamaged = 104,

    /// <summary>A fault of this plugin.</summary>
    Internal = 999,
}
