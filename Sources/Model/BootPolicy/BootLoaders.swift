import DHCPWire

/// Which loader a firmware gets, as a path below the public directory: the same for TFTP and HTTP.
public struct BootLoaders: Sendable, Hashable {
    public var paths: [ClientArchitecture: String]
    /// For firmware that is to go on to its disk: a program that ends at once. None for BIOS, which takes an answer
    /// without a file for what it is.
    public var ends: [ClientArchitecture: String]

    public init(paths: [ClientArchitecture: String], ends: [ClientArchitecture: String] = [:]) {
        self.paths = paths
        self.ends = ends
    }

    /// The loaders that `muster init` puts in place. There is none for 32-bit UEFI.
    public static let standard = BootLoaders(
        paths: [
            .x86BIOS: "boot/undionly.kpxe",
            .x64UEFI: "boot/snponly-x86_64.efi",
            .byteCodeUEFI: "boot/snponly-x86_64.efi",
            .arm64UEFI: "boot/snponly-arm64.efi",
            .x64UEFIHTTP: "boot/snponly-x86_64.efi",
            .byteCodeUEFIHTTP: "boot/snponly-x86_64.efi",
            .arm64UEFIHTTP: "boot/snponly-arm64.efi",
        ],
        ends: [
            .x64UEFI: "boot/end-x86_64.efi",
            .byteCodeUEFI: "boot/end-x86_64.efi",
            .arm64UEFI: "boot/end-arm64.efi",
            .x64UEFIHTTP: "boot/end-x86_64.efi",
            .byteCodeUEFIHTTP: "boot/end-x86_64.efi",
            .arm64UEFIHTTP: "boot/end-arm64.efi",
        ])

    public func path(for architecture: ClientArchitecture) -> String? { paths[architecture] }

    /// The signed shims of a profile's medium, for UEFI. Others get what ``standard`` has.
    ///
    /// - Parameter suffixes: the processors that the profile has them for, as in the names of loaders: `x64`, `aa64`.
    public static func signed(profile: String, suffixes: some Sequence<String>) -> BootLoaders {
        var loaders = standard
        for suffix in suffixes {
            for architecture in uefi[suffix] ?? [] {
                loaders.paths[architecture] = "os/\(profile)/boot/efi/shim\(suffix).efi"
                loaders.ends[architecture] = "os/\(profile)/boot/end/shim\(suffix).efi"
            }
        }
        return loaders
    }

    /// What firmware calls itself, by the processors' names in loaders.
    public static let uefi: [String: [ClientArchitecture]] = [
        "x64": [.x64UEFI, .byteCodeUEFI, .x64UEFIHTTP, .byteCodeUEFIHTTP],
        "aa64": [.arm64UEFI, .arm64UEFIHTTP],
    ]
}
