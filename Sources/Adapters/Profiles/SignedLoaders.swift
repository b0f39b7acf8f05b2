import LinuxSystem
import Media
import MusterBase
import OSFamilies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The signed shim and GRUB of a profile's medium, as UEFI firmware with Secure Boot starts them over the network: links in
/// `boot/efi` of the profile, and once more in `boot/end`, for machines that are to go on to their disk. The shim fetches the
/// GRUB that lies beside it; both are the distributor's, as they are on the medium.
struct SignedLoaders {
    /// Below the profile's directory: what leads to its kernel, and what leads to the disk.
    static let directory = "boot/efi"
    static let endDirectory = "boot/end"
    static let script = "grub.cfg"

    /// Name of the link to the shim, the same for each medium of an architecture: `shimx64.efi`.
    static func shim(_ suffix: String) -> String { "shim\(suffix).efi" }

    /// Each link's name and what it says, from the profile's directory.
    let links: [(name: String, target: String)]

    /// Nil for a medium whose GRUB is made for the medium alone and knows no network, and for one that has none.
    ///
    /// - Parameter mediumPath: the medium's directory.
    init?(of medium: MediumRecord, at mediumPath: String) throws {
        guard let suffix = EFILoaders.suffix(of: medium.architecture),
            let shim = medium.bootFiles.first(where: { $0.role == .shim })?.path,
            let grub = medium.bootFiles.first(where: { $0.role == .grub })?.path,
            try Self.knowsNetwork("\(mediumPath)/\(grub)")
        else { return nil }
        links = [Self.directory, Self.endDirectory].flatMap { directory in
            // A shim looks for the very name that GRUB has on its medium.
            [(Self.shim(suffix), shim), (FilePathText.lastComponent(of: grub), grub)].map {
                ("\(directory)/\($0.0)", "../../\(BootFiles.target(medium.name))/\($0.1)")
            }
        }
    }

    /// GRUB's image has its modules' names in it: the network cards of UEFI are `efinet`.
    private static func knowsNetwork(_ path: String) throws -> Bool {
        let octets = try Files.read(path)
        return ["efinet\0", "tftp\0"].allSatisfy { octets.firstRange(of: Array($0.utf8)) != nil }
    }

    /// Makes the links, and the scripts that GRUB looks for beside itself.
    ///
    /// - Returns: those that were not there, or said something else.
    func write(in directory: String) throws -> [String] {
        let stale = stale(in: directory)
        for name in [Self.directory, Self.endDirectory] where !stale.isEmpty {
            try Files.createDirectory("\(directory)/\(name)")
        }
        if stale.contains(Self.endScript) { try AtomicFile.write(GRUBScript.end, to: "\(directory)/\(Self.endScript)") }
        // The shims last: it is by them that machines are told of the rest.
        for link in ([Self.scriptLink] + links.reversed()) where stale.contains(link.name) {
            try ProfileLink.write(link, in: directory)
        }
        return stale
    }

    /// What ``write(in:)`` would write.
    func stale(in directory: String) -> [String] {
        let links = ([Self.scriptLink] + links).filter { Files.linkTarget("\(directory)/\($0.name)") != $0.target }
        let end = try? Files.readText("\(directory)/\(Self.endScript)", limit: 1 << 16)
        return links.map(\.name) + (end == GRUBScript.end ? [] : [Self.endScript])
    }

    private static let endScript = "\(endDirectory)/\(script)"

    /// GRUB of some distributors reads what lies beside it; others are led there (``GRUBScript/entry``).
    private static let scriptLink = (name: "\(directory)/\(script)", target: "../../\(script)")

    /// What ``write(in:)`` made of which there should be nothing.
    static func leftovers(in directory: String) -> [String] {
        [Self.directory, endDirectory, script].filter { Files.exists("\(directory)/\($0)") }
    }

    /// A sentence for each link that is missing or leads nowhere.
    func problems(in directory: String, _ mend: String) -> [String] {
        (links + [Self.scriptLink]).compactMap { ProfileLink.problem($0, in: directory, mend) }
    }
}

/// A symbolic link in the directory of a profile.
enum ProfileLink {
    static func write(_ link: (name: String, target: String), in directory: String) throws {
        let path = "\(directory)/\(link.name)"
        // A machine that boots meanwhile finds the old file or the new one.
        let new = "\(path).new"
        try Files.link(new, to: link.target)
        guard rename(new, path) == 0 else { throw systemError("cannot make the link \(path)") }
    }

    static func problem(_ link: (name: String, target: String), in directory: String, _ mend: String) -> String? {
        let path = "\(directory)/\(link.name)"
        guard Files.linkTarget(path) == link.target else { return "\(link.name) is no link to \(link.target); \(mend)" }
        return Files.exists(path) ? nil : "\(link.name) leads to \(link.target), which is not there"
    }
}
