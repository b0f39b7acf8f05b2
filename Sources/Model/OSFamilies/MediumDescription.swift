/// What a medium is, and where on it the files lie that a boot needs. Paths are those of the medium, without a slash in
/// front.
public struct MediumDescription: Sendable, Hashable {
    public var family: OSFamily
    /// The `ID` of os-release(5), where the system has one: `rocky`, `debian`, `opensuse-leap`.
    public var distribution: String
    /// `9.4`; nil when nothing on the medium tells it.
    public var version: String?
    /// As the kernel names it: `x86_64`, `aarch64`.
    public var architecture: String
    /// Which of the distribution's media it is: `netinst`, `boot`, `live-server`; nil for the ordinary one.
    public var variant: String?
    /// For people: `Rocky Linux 9.4`.
    public var label: String
    /// What the medium is called when nobody says otherwise: `rocky-9.4-x86_64`.
    public var defaultName: String
    /// Nil for a medium that nothing boots from, such as one with packages only.
    public var kernel: String?
    /// In the order in which they are loaded.
    public var initramfs: [String]
    public var bootFiles: [BootFile]
    public var checksumLists: [ChecksumList]
    /// Whether the installer wants the medium's image itself, and not only what is in it.
    public var needsImage: Bool
    /// Boot files that the medium names and does not have.
    public var missing: [String]

    public init(
        family: OSFamily, distribution: String, version: String?, architecture: String, variant: String?,
        label: String, defaultName: String, kernel: String? = nil, initramfs: [String] = [],
        bootFiles: [BootFile] = [], checksumLists: [ChecksumList] = [], needsImage: Bool = false,
        missing: [String] = []
    ) {
        self.family = family
        self.distribution = distribution
        self.version = version
        self.architecture = architecture
        self.variant = variant
        self.label = label
        self.defaultName = defaultName
        self.kernel = kernel
        self.initramfs = initramfs
        self.bootFiles = bootFiles
        self.checksumLists = checksumLists
        self.needsImage = needsImage
        self.missing = missing
    }
}

/// A file that a boot needs besides kernel and initramfs.
public struct BootFile: Sendable, Hashable, Codable {
    public enum Role: String, Sendable, Hashable, Codable {
        /// The signed first loader of UEFI.
        case shim
        /// The signed GRUB that the shim starts.
        case grub
        /// Another loader, such as ESXi's mboot.
        case loader
        /// What the loader reads.
        case loaderConfiguration = "loader_configuration"
        /// The root of the installer, which its initramfs fetches.
        case stage2
        /// The root of the live system.
        case rootfs
        /// Kernel modules of a live system, as Alpine has them.
        case modules
        /// A FAT file system for UEFI.
        case efiImage = "efi_image"
    }

    public var role: Role
    public var path: String

    public init(_ role: Role, _ path: String) {
        self.role = role
        self.path = path
    }
}
