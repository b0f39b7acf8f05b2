import LinuxSystem
import Media
import MusterBase

/// What machines boot an installer from, beside `boot.ipxe`: the files and scripts of a profile that come from its medium.
struct InstallerBoot {
    private let files: BootFiles
    /// Nil where machines get iPXE.
    private let loaders: SignedLoaders?
    private let grubScript: String

    /// - Parameter path: the medium's directory.
    /// - Throws: ``MusterError`` `unsupported` for a medium that nothing boots from, or not as the profile wants it.
    init(of profile: Profile, medium: MediumRecord, at path: String) throws {
        files = try BootFiles(of: medium)
        loaders = try Self.loaders(of: profile, medium, at: path)
        let directory = "/os/\(profile.name)"
        grubScript = GRUBScript.text(
            profile: profile.name, source: "medium: \(medium.name)",
            kernel: "\(directory)/\(BootFiles.kernel(medium.name))",
            archives: BootFiles.archives(of: medium).map { "\(directory)/\($0)" } + BootScript.ownArchives,
            arguments: profile.bootArguments)
    }

    private static func loaders(of profile: Profile, _ medium: MediumRecord, at path: String) throws -> SignedLoaders? {
        guard profile.bootLoader != .ipxe else { return nil }
        let loaders = try SignedLoaders(of: medium, at: path)
        guard loaders != nil || profile.bootLoader != .signed else {
            throw MusterError(
                .unsupported, "the medium \(medium.name) has no shim and GRUB that boot over the network",
                advice: "a medium for network boot, or `boot_loader: auto` in profile.yaml")
        }
        return loaders
    }

    /// - Parameter directory: the profile's, or the one that becomes it.
    /// - Returns: the files that were not there, or said something else.
    func write(in directory: String) throws -> [String] {
        var written = try files.write(in: directory)
        guard let loaders else {
            let leftovers = SignedLoaders.leftovers(in: directory)
            for name in leftovers { try FileTree.remove("\(directory)/\(name)") }
            return written + leftovers
        }
        if !hasScript(in: directory) {
            try AtomicFile.write(grubScript, to: "\(directory)/\(SignedLoaders.script)")
            written.append(SignedLoaders.script)
        }
        return try written + loaders.write(in: directory)
    }

    /// What ``write(in:)`` would write or take away.
    func stale(in directory: String) -> [String] {
        let stale = files.stale(in: directory)
        guard let loaders else { return stale + SignedLoaders.leftovers(in: directory) }
        return stale + (hasScript(in: directory) ? [] : [SignedLoaders.script]) + loaders.stale(in: directory)
    }

    private func hasScript(in directory: String) -> Bool {
        (try? Files.readText("\(directory)/\(SignedLoaders.script)", limit: 1 << 20)) == grubScript
    }

    /// A sentence for each file that is missing or is not what it should be.
    ///
    /// - Parameter mend: what to do about it.
    func problems(in directory: String, _ mend: String) -> [String] {
        var problems = files.problems(in: directory, mend)
        guard let loaders else { return problems }
        problems += loaders.problems(in: directory, mend)
        if !hasScript(in: directory) {
            problems.append("\(SignedLoaders.script) is not what profile.yaml asks for; \(mend)")
        }
        return problems
    }
}
