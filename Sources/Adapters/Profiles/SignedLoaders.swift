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
                ("\(directory)/\($0.0)", "../../\(BootFiles.distribution)/\($0.1)")
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
    /// - Returns: whether anything was changed.
    func write(in directory: String) throws -> Bool {
        try Files.createDirectory("\(directory)/\(Self.directory)")
        try Files.createDirectory("\(directory)/\(Self.endDirectory)")
        let hasNewScripts = try [
            AtomicFile.writeIfChanged(GRUBScript.end, to: "\(directory)/\(Self.endDirectory)/\(Self.script)"),
            ProfileLink.write(Self.scriptLink, in: directory),
        ].contains(true)
        // The shim last: it is by this that machines are told of them.
        let hasNewLinks = try links.reversed().map { try ProfileLink.write($0, in: directory) }.contains(true)
        return hasNewScripts || hasNewLinks
    }

    /// GRUB of some distributors reads what lies beside it; others are led there (``GRUBScript/entry``).
    private static let scriptLink = (name: "\(directory)/\(script)", target: "../../\(script)")

    /// Takes away what ``write(in:)`` made.
    static func remove(from directory: String) throws -> Bool {
        let found = [Self.directory, Self.endDirectory].map { "\(directory)/\($0)" }.filter(Files.isDirectory)
        for path in found { try FileTree.remove(path) }
        return !found.isEmpty
    }

    /// A sentence for each link that is missing or leads nowhere.
    func problems(in directory: String, _ mend: String) -> [String] {
        (links + [Self.scriptLink]).compactMap { ProfileLink.problem($0, in: directory, mend) }
    }
}

/// A symbolic link in the directory of a profile.
enum ProfileLink {
    /// - Returns: false when it was there.
    static func write(_ link: (name: String, target: String), in directory: String) throws -> Bool {
        let path = "\(directory)/\(link.name)"
        guard Files.linkTarget(path) != link.target else { return false }
        // A machine that boots meanwhile finds the old file or the new one.
        let new = "\(path).new"
        try Files.link(new, to: link.target)
        guard rename(new, path) == 0 else { throw systemError("cannot make the link \(path)") }
        return true
    }

    static func problem(_ link: (name: String, target: String), in directory: String, _ mend: String) -> String? {
        let path = "\(directory)/\(link.name)"
        guard Files.linkTarget(path) == link.target else { return "\(link.name) is no link to \(link.target); \(mend)" }
        return Files.exists(path) ? nil : "\(link.name) leads to \(link.target), which is not there"
    }
}
