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
}
