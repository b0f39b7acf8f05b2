import DeploymentModel
import Images
import LinuxSystem
import Media
import MusterBase
import OSFamilies

/// What machines load of a profile: `boot.ipxe`, and what it names.
extension ProfileStore {
    /// Writes the boot files anew when the profile's file, or the version or medium that it follows, changed. True when
    /// it did.
    @discardableResult
    public func updateBoot(_ name: String) throws -> Bool { try !updateBootFiles(name).isEmpty }

    /// As ``updateBoot(_:)``.
    ///
    /// - Returns: the files that were written, below the profile's directory.
    public func updateBootFiles(_ name: String) throws -> [String] {
        try requirePresent(name)
        let lock = try lock(doing: "writing boot files")
        defer { lock.release() }
        return try writeBootFiles(of: try load(name), in: path(name))
    }

    /// The script comes last, and what it names is not changed any more: a machine that has the one before finds all that it
    /// needs, too, until the next change. To be called with the lock.
    ///
    /// - Parameter directory: the profile's, or the one that becomes it.
    /// - Returns: the files that were written.
    @discardableResult
    func writeBootFiles(of profile: Profile, in directory: String) throws -> [String] {
        let text = try script(for: profile, in: directory)
        var written: [String] = []
        if case .installer(let family) = profile.system {
            let medium = try medium(behind: directory, of: profile, family)
            written = try installerBoot(of: profile, medium).write(in: directory)
        }
        let path = "\(directory)/\(BootFiles.script)"
        let before = try? Files.readText(path, limit: 1 << 20)
        if before != text {
            try AtomicFile.write(text, to: path)
            written.append(BootFiles.script)
            try FormerBootFiles.removeUnused(in: directory, scripts: [text, before ?? ""])
        }
        return written
    }

    /// What ``updateBootFiles(_:)`` would write, for a profile as it is given. Changes nothing.
    func staleBootFiles(of profile: Profile) throws -> [String] {
        let text = try script(for: profile, in: path(profile.name))
        var stale: [String] = []
        if case .installer(let family) = profile.system {
            stale = try installerBoot(of: profile, medium(of: profile, family)).stale(in: path(profile.name))
        }
        return (try? Files.readText(scriptPath(profile.name), limit: 1 << 20)) == text
            ? stale : stale + [BootFiles.script]
    }

    /// Lets go of a medium that a profile had before, and that machines may have been loading when its boot files were written
    /// for another one.
    ///
    /// - Returns: the profiles that had it.
    public func releaseFormerMedium(_ medium: String) throws -> [String] {
        guard Files.isDirectory(directory) else { return [] }
        return try names().filter { name in
            let former = "\(BootFiles.directory)/\(medium)"
            guard Files.isDirectory("\(path(name))/\(former)") else { return false }
            let lock = try lock(doing: "writing boot files")
            defer { lock.release() }
            guard let script = try? Files.readText(scriptPath(name), limit: 1 << 20),
                !FormerBootFiles.names(script, former)
            else { return false }
            return try FormerBootFiles.remove(medium, in: path(name))
        }
    }

    /// The processors for which a profile has signed loaders, as in their names: `x64`, `aa64`.
    public func signedLoaders(of name: String) -> [String] {
        guard ImageReference.isValidName(name) else { return [] }
        return ["x64", "aa64"].filter {
            Files.exists("\(path(name))/\(SignedLoaders.directory)/\(SignedLoaders.shim($0))")
        }
    }

    func installerBoot(of profile: Profile, _ medium: MediumRecord) throws -> InstallerBoot {
        try InstallerBoot(of: profile, medium: medium, at: media.path(medium.name))
    }

    func scriptPath(_ name: String) -> String { "\(path(name))/\(BootFiles.script)" }

    func renderedScript(for profile: Profile) throws -> String { try script(for: profile, in: path(profile.name)) }

    /// - Parameter directory: the profile's, or the one that becomes it.
    private func script(for profile: Profile, in directory: String) throws -> String {
        switch profile.system {
        case .image(let image):
            return bootScript.render(.init(profile: profile, source: .image(try find(image))))
        case .installer(let family):
            let medium = try medium(behind: directory, of: profile, family)
            return bootScript.render(
                .init(profile: profile, source: .medium(medium.name, archives: medium.initramfs.count)))
        }
    }
}
