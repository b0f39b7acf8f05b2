import DeploymentModel
import Images
import MusterBase
import OSFamilies

/// How an operating system is put on nodes: the directory `public/os/<name>/` and its `profile.yaml`.
/// docs/reference/profile.md describes the keys.
public struct Profile: Hashable, Sendable {
    /// Which version of an image the profile gives.
    public struct ImageChoice: Hashable, Sendable {
        public enum Version: Hashable, Sendable {
            /// The highest that is there when the boot files are written.
            case latest
            case number(Int)
            /// The one that the image's channel of this name points at when the boot files are written.
            case channel(String)
        }

        public var name: String
        public var version: Version
        public var method: DeploymentMethod
        /// For the method tethered; else none.
        public var fill = RootFill.none
    }

    /// What is put on machines.
    public enum System: Hashable, Sendable {
        case image(ImageChoice)
        /// By the installer of that family, from the medium that the profile's link `distribution` points to.
        case installer(OSFamily)
    }

    /// When scripts run.
    public enum Stage: String, Sendable, CaseIterable {
        case pre
        case post
        case firstboot
        case onboot
    }

    /// What UEFI firmware starts; BIOS always gets iPXE.
    public enum BootLoader: String, Sendable, CaseIterable {
        /// The medium's signed shim and GRUB, where its GRUB knows the network; else iPXE.
        case automatic = "auto"
        case ipxe
        case signed
    }

    /// The directory's name.
    public var name: String
    public var label: String?
    /// In the words of os-release: `debian`, and `12`.
    public var family: String
    public var version: String?
    /// As `uname -m` says it.
    public var architecture: String
    /// Added to Muster's own for the boot over the network.
    public var kernelArguments: String
    /// For the boot from disk; nil for none.
    public var installedKernelArguments: String?
    public var system: System
    /// The devices of the console, the last of which is /dev/console; empty for the kernel's own choice.
    public var consoles: [String]
    /// The stages whose scripts run.
    public var stages: [Stage]
    public var bootLoader = BootLoader.automatic
    /// For the method `installtodisk`.
    public var install = InstallSettings()

    /// Nil for a system that an installer puts there.
    public var image: ImageChoice? { if case .image(let image) = system { image } else { nil } }

    public var method: DeploymentMethod { image?.method ?? .scripted }

    public static let defaultConsoles = ["tty0", "ttyS0,115200n8"]

    /// What the boot from disk adds to the kernel's line of the boot loader.
    public var installedBootArguments: [String] {
        consoles.map { "console=\($0)" } + (installedKernelArguments ?? "").split(separator: " ").map(String.init)
    }

    /// All that stands on the kernel's line, but for `initrd=`: the same for each machine of the profile.
    public var bootArguments: [String] {
        let own = ["muster.profile=\(name)"] + kernelArguments.split(separator: " ").map(String.init)
        guard case .installer(let family) = system, let installer else {
            return ["rdinit=\(AddonsArchive.earlyInitPath)"] + consoles.map { "console=\($0)" } + own
        }
        let agent = ["rdinit=\(AddonsArchive.earlyInitPath)", "muster.installer=\(family.rawValue)"]
        return (installer is any MachineInstaller ? agent : [])
            + installer.kernelArguments(for: installedSystem, consoles: consoles) + own
    }

    /// What an installer is to put on machines.
    public var installedSystem: InstalledSystem {
        InstalledSystem(distribution: family, version: version, architecture: architecture)
    }

    /// Nil for a profile that runs an image.
    public var installer: (any Installer)? {
        if case .installer(let family) = system { family.installer(for: installedSystem) } else { nil }
    }
}
