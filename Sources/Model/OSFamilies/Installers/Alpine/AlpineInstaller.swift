import MusterBase

/// Alpine in diskless mode, by an overlay (`apkovl`) of which its initramfs takes the configuration of the machine
/// (mkinitfs-bootparam(7)).
public struct AlpineInstaller: Installer {
    public init() {}

    /// What apk(5) calls the world: the packages that are wanted.
    public let answerFile = "world"

    /// In the root of the initramfs: below /tmp and /run it would be covered.
    public static let overlayPath = "/muster.apkovl.tar.gz"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        ["modules=loop,squashfs,sd-mod,usb-storage", "apkovl=\(Self.overlayPath)"] + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        let packages =
            switch variant {
            case .standard: ["alpine-base", "chrony", "openssh", "tzdata"]
            case .minimal: ["alpine-base", "openssh"]
            case .hpc:
                [
                    "alpine-base", "build-base", "chrony", "gfortran", "git", "hwloc", "linux-headers", "nfs-utils",
                    "numactl", "openssh", "rdma-core", "rsync", "tzdata",
                ]
            }
        return packages.map { "\($0)\n" }.joined()
    }

    /// What is in the overlay of a machine.
    ///
    /// - Parameter profile: the packages, a line each.
    public func overlay(for machine: MachineAnswers, profile: String) -> [OverlayEntry] {
        AlpineOverlay(machine: machine, profile: profile).entries
    }
}

/// A file or link of Alpine's overlay.
public struct OverlayEntry: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case text(String)
        /// What a symbolic link says.
        case link(String)
    }

    /// Without a slash in front.
    public var path: String
    public var content: Content
    public var mode: UInt32
}
