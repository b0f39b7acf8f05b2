import DeploymentModel
import DiskFormats
import MusterBase

/// How a machine of a template starts: GRUB, the kernel of the version, and an initramfs that the tree's own programs make,
/// so that a newer kernel, installed on the machine as the distribution does it, boots as well.
package struct TemplateBoot: Sendable {
    let release: String
    package let generator: Generator
    /// Paths as GRUB finds them.
    let kernel: String
    let initramfs: String
    /// A link that the distribution keeps beside the one of the kernel, and that no version holds.
    let initramfsLink: (path: String, target: String)?
    /// GRUB's file grub.cfg.
    package let configuration: String

    /// What makes an initramfs.
    package enum Generator: Sendable, Hashable {
        case initramfsTools
        case dracut

        var program: String {
            switch self {
            case .initramfsTools: "usr/sbin/update-initramfs"
            case .dracut: "usr/bin/dracut"
            }
        }

        func file(_ release: String) -> String {
            switch self {
            case .initramfsTools: "boot/initrd.img-\(release)"
            case .dracut: "boot/initramfs-\(release).img"
            }
        }

        /// The command that makes the file in the tree.
        func command(_ release: String) -> [String] {
            switch self {
            case .initramfsTools:
                // For any machine, also where the tree says MODULES=dep: there is none here to take the drivers of.
                [
                    "/bin/sh", "-c",
                    """
                    set -e
                    echo MODULES=most > /etc/initramfs-tools/conf.d/zz-template
                    trap 'rm /etc/initramfs-tools/conf.d/zz-template' EXIT
                    /\(program) -c -k "$0"
                    """, release,
                ]
            case .dracut:
                ["/\(program)", "--force", "--no-hostonly", "--reproducible", "--kver", release, "/\(file(release))"]
            }
        }
    }

    /// - Parameters:
    ///   - listing: of the tree.
    ///   - title: of the menu's entry.
    /// - Throws: ``MusterError`` `unsupported` when the tree cannot make an initramfs.
    package init(_ manifest: ImageManifest, listing: TreeListing, title: String, disk: TemplateDisk) throws {
        release = manifest.kernelRelease
        guard let generator = [Generator.initramfsTools, .dracut].first(where: { listing.has($0.program) }) else {
            throw MusterError(
                .unsupported, "\(manifest.reference) has nothing that makes an initramfs for a disk",
                advice: "name the package initramfs-tools or dracut in the recipe")
        }
        guard listing.has("boot/vmlinuz-\(release)") else {
            throw MusterError(.notFound, "\(manifest.reference) has no boot/vmlinuz-\(release)")
        }
        self.generator = generator
        let file = generator.file(release)
        // Debian's kernels keep these two links at the root, and move both to each newer kernel.
        let hasLink = generator == .initramfsTools && listing.resolve("vmlinuz") == "boot/vmlinuz-\(release)"
        initramfsLink = hasLink ? ("initrd.img", file) : nil
        kernel = hasLink ? "/vmlinuz" : "/boot/vmlinuz-\(release)"
        initramfs = hasLink ? "/initrd.img" : "/\(file)"
        let serial = disk.bootsFromBIOS ? "ttyS0" : "ttyAMA0"
        let arguments = "root=PARTUUID=\(disk.root) ro console=tty0 console=\(serial),115200"
        configuration = """
            # Made by Muster from \(manifest.reference). update-grub of the system may write it anew.
            set default=0
            set timeout=1
            if [ "$grub_platform" = pc ]; then
              if serial --unit=0 --speed=115200; then
                terminal_input console serial
                terminal_output console serial
              fi
            fi
            menuentry "\(Self.plain(title))" {
              linux \(kernel) \(arguments)
              initrd \(initramfs)
            }

            """
    }

    /// Without what means something in GRUB's language.
    private static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.filter { scalar in
                scalar.value >= 0x20 && !"\"\\$`{}'".unicodeScalars.contains(scalar)
            }.map(Character.init))
    }
}
