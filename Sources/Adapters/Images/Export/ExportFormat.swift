import LinuxSystem

/// A form that a version can be exported in.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// The disk's octets, a file with holes.
    case raw
    /// QEMU, KVM, OpenStack.
    case qcow2
    /// VMware, as it is imported: compressed, for streams.
    case vmdk
    /// Hyper-V of the first generation, Azure.
    case vhd
    /// Hyper-V of the second generation.
    case vhdx
    /// A container image: an archive of the OCI image layout.
    case oci

    /// What qemu-img calls it, and the options that it wants; nil for what it does not make.
    var conversion: (name: String, options: String?)? {
        switch self {
        case .raw, .oci: nil
        case .qcow2: ("qcow2", nil)
        case .vmdk: ("vmdk", "subformat=streamOptimized")
        case .vhd: ("vpc", "subformat=dynamic,force_size=on")
        case .vhdx: ("vhdx", "subformat=dynamic")
        }
    }

    public var isDisk: Bool { self != .oci }
}
