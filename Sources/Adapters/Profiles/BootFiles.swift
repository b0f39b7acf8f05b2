import LinuxSystem
import Media
import MusterBase

/// What a profile boots from, when an installer puts its system on machines: links to the medium's kernel and initramfs.
///
/// They are in a directory that has the medium's name, `boot/<medium>`, which stays as it is once the boot script names it. A
/// machine that began with one medium therefore ends with it, whatever the profile was led to meanwhile: a kernel and the
/// initramfs of another would be a machine that hangs.
struct BootFiles {
    /// The link to the medium, and what it says.
    static let distribution = "distribution"
    static func target(_ medium: String) -> String { "../../../distributions/\(medium)" }

    /// Below the profile's directory, as all names here.
    static let script = "boot.ipxe"
    static let directory = "boot"
    static func kernel(_ medium: String) -> String { "\(directory)/\(medium)/kernel" }
    static func initramfs(_ number: Int, _ medium: String) -> String {
        "\(directory)/\(medium)/initramfs\(number == 0 ? "" : "-\(number + 1)")"
    }
    /// Zeros behind the medium's archives, so that a plain archive can follow: the kernel finds one only at a multiple of four
    /// (Linux, init/initramfs.c), and not every boot loader sees to that.
    static func padding(_ medium: String) -> String { "\(directory)/\(medium)/padding" }

    /// The links to a medium's archives.
    static func archives(of medium: MediumRecord) -> [String] {
        medium.initramfs.indices.map { initramfs($0, medium.name) }
    }

    let medium: String
    /// Each link's name and what it says.
    let links: [(name: String, target: String)]

    init(of medium: MediumRecord) throws {
        guard let kernel = medium.kernel, !medium.initramfs.isEmpty else {
            throw MusterError(
                .unsupported, "the medium \(medium.name) has no kernel and initramfs to boot from",
                advice: "take the distribution's medium for installations or for network boot")
        }
        let name = medium.name
        let archives = medium.initramfs.enumerated().map { (Self.initramfs($0.offset, name), $0.element) }
        links = ([(Self.kernel(name), kernel)] + archives).map { ($0.0, "../../\(Self.target(name))/\($0.1)") }
        self.medium = name
    }

    /// Makes the links in a profile's directory.
    ///
    /// - Returns: those that were not there, or said something else.
    func write(in directory: String) throws -> [String] {
        let wrong = links.filter { Files.linkTarget("\(directory)/\($0.name)") != $0.target }
        try Files.createDirectory("\(directory)/\(Self.directory)/\(medium)")
        for link in wrong { try ProfileLink.write(link, in: directory) }
        var written = wrong.map(\.name)
        let path = Self.padding(medium)
        if !isPadded(in: directory) {
            try AtomicFile.write(padding(in: directory), to: "\(directory)/\(path)")
            written.append(path)
        }
        if !written.isEmpty { try AtomicFile.syncDirectory(of: "\(directory)/\(path)") }
        return written
    }

    /// What ``write(in:)`` would write.
    func stale(in directory: String) -> [String] {
        let wrong = links.filter { Files.linkTarget("\(directory)/\($0.name)") != $0.target }.map(\.name)
        return wrong + (isPadded(in: directory) ? [] : [Self.padding(medium)])
    }

    /// One to four octets, after what the archives are long together.
    private func padding(in directory: String) -> [UInt8] {
        let length = links.dropFirst().reduce(Int64(0)) { $0 + (Files.size("\(directory)/\($1.name)") ?? 0) }
        return [UInt8](repeating: 0, count: 4 - Int(length % 4))
    }

    private func isPadded(in directory: String) -> Bool {
        Files.size("\(directory)/\(Self.padding(medium))") == Int64(padding(in: directory).count)
    }

    /// A sentence for each link that is missing or leads nowhere.
    func problems(in directory: String, _ mend: String) -> [String] {
        let problems = links.compactMap { ProfileLink.problem($0, in: directory, mend) }
        guard problems.isEmpty, !isPadded(in: directory) else { return problems }
        return ["\(Self.padding(medium)) does not fit the medium's archives; \(mend)"]
    }
}

/// Boot files of media that a profile had before.
enum FormerBootFiles {
    /// Removes those that neither the boot script nor the one before it names.
    static func removeUnused(in directory: String, scripts: [String]) throws {
        let boot = "\(directory)/\(BootFiles.directory)"
        guard Files.isDirectory(boot) else { return }
        for entry in try Files.entries(in: boot) where isOwn(entry, in: boot) {
            let path = "\(BootFiles.directory)/\(entry.name)"
            guard !scripts.contains(where: { names($0, path) }) else { continue }
            try FileTree.remove("\(directory)/\(path)")
        }
    }

    /// Removes those of one medium. False when something of the administrator's is among them, which stays with all of it.
    static func remove(_ medium: String, in directory: String) throws -> Bool {
        let boot = "\(directory)/\(BootFiles.directory)"
        guard let entry = try Files.entries(in: boot).first(where: { $0.name == medium }), isOwn(entry, in: boot) else {
            return false
        }
        try FileTree.remove("\(boot)/\(medium)")
        return true
    }

    /// Whether a machine that runs this script loads that file, or one in that directory.
    static func names(_ script: String, _ path: String) -> Bool {
        script.split { $0 == " " || $0 == "\n" }.contains { $0 == path || $0.hasPrefix("\(path)/") }
    }

    /// Muster wrote it; what else is there is the administrator's.
    private static func isOwn(_ entry: Files.Entry, in boot: String) -> Bool {
        guard entry.isDirectory else { return isOwnName(entry.name) }
        let names = try? Files.entries(in: "\(boot)/\(entry.name)")
        return names?.allSatisfy { !$0.isDirectory && isOwnName($0.name) } ?? false
    }

    private static func isOwnName(_ name: String) -> Bool {
        let plain = name.hasSuffix(".new") ? String(name.dropLast(4)) : name
        if ["kernel", "initramfs", "padding"].contains(plain) { return true }
        return plain.hasPrefix("initramfs-") && Int(plain.dropFirst(10)) != nil
    }
}
