import DHCPWire

/// Which loader a firmware gets, as a path below the public directory: the same for TFTP and HTTP.
public struct BootLoaders: Sendable, Hashable {
    public var paths: [ClientArchitecture: String]

    public init(paths: [ClientArchitecture: String]) { self.paths = paths }

    /// The loaders that `muster init` puts in place. There is none for 32-bit UEFI.
    public static let standard = BootLoaders(paths: [
        .x86BIOS: "boot/undionly.kpxe",
        .x64UEFI: "boot/snponly-x86_64.efi",
        .byteCodeUEFI: "boot/snponly-x86_64.efi",
        .arm64UEFI: "boot/snponly-arm64.efi",
        .x64UEFIHTTP: "boot/snponly-x86_64.efi",
        .byteCodeUEFIHTTP: "boot/snponly-x86_64.efi",
        .arm64UEFIHTTP: "boot/snponly-arm64.efi",
    ])

    public func path(for architecture: ClientArchitecture) -> String? { paths[architecture] }
}
