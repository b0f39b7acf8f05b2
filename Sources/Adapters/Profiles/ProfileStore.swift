import DeploymentModel
import Images
import LinuxSystem
import Media
import MusterBase
import OSFamilies

/// The profiles in a directory (`public/os`), and the images that they give (`public/images`).
public struct ProfileStore: Sendable {
    /// `public/os`.
    public let directory: String
    public let images: ImageStore
    public let media: MediaStore
    private let bootScript: BootScript

    /// - Parameter publicDirectory: `public` in the state directory.
    public init(publicDirectory: String) throws {
        directory = "\(publicDirectory)/os"
        images = ImageStore(directory: "\(publicDirectory)/images")
        media = MediaStore(directory: FilePathText.parent(of: publicDirectory) + "/distributions")
        bootScript = try BootScript()
    }

    /// The names of all directories that hold a `profile.yaml`, sorted.
    public func names() throws -> [String] {
        guard Files.isDirectory(directory) else { return [] }
        return try Files.names(in: directory).filter {
            ImageReference.isValidName($0) && Files.exists("\(directory)/\($0)/profile.yaml")
        }
    }

    /// Reads a profile. Throws ``MusterError`` `notFound` that lists those that there are, or `malformed` for a fault
    /// in its file.
    public func load(_ name: String) throws -> Profile {
        guard ImageReference.isValidName(name), Files.exists("\(path(name))/profile.yaml") else {
            let known = (try? names()) ?? []
            throw MusterError(
                .notFound, "there is no profile '\(name)'",
                advice: known.isEmpty
                    ? "make one from an image: muster profile create NAME IMAGE"
                    : "there are: \(known.joined(separator: ", "))")
        }
        return try Profile.read(path: "\(path(name))/profile.yaml", name: name)
    }

    public func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// The scripts of one stage in the order in which they run; none when the profile leaves the stage out.
    public func scripts(of profile: Profile, stage: Profile.Stage) throws -> [ProfileScript] {
        guard profile.stages.contains(stage) else { return [] }
        return try ProfileScripts(directory: path(profile.name), profile: profile.name).scripts(of: stage)
    }

    /// The version that machines boot into now: that of the boot script, which is what their kernel comes from. Nil when
    /// there is no boot script.
    public func bootedImage(of name: String) throws -> ImageReference? {
        guard ImageReference.isValidName(name), Files.exists(scriptPath(name)) else { return nil }
        return BootScript.image(ofScript: try Files.readText(scriptPath(name), limit: 1 << 20))
    }

    /// The version that the profile's file asks for; nil when an installer puts the system on machines. Throws
    /// ``MusterError`` `notFound` when it is not there.
    public func wantedImage(of profile: Profile) throws -> ImageReference? { try profile.image.map(find) }

    private func find(_ image: Profile.ImageChoice) throws -> ImageReference {
        switch image.version {
        case .latest: return try images.find(image.name)
        case .number(let number): return try images.find("\(image.name)@\(number)")
        case .channel(let channel):
            let channels = try images.channels(of: image.name).versions
            guard let version = channels[channel] else {
                throw MusterError(
                    .notFound, "the image \(image.name) has no channel '\(channel)'",
                    advice: channels.isEmpty
                        ? "make it: muster image promote \(image.name) \(channel)"
                        : "there are: \(channels.keys.sorted().joined(separator: ", "))")
            }
            return try images.find("\(image.name)@\(version)")
        }
    }

    /// The medium that the profile's link `distribution` points to.
    ///
    /// - Throws: ``MusterError`` `notFound` when there is no such link or medium; `conflict` when it is of another family
    ///   than the profile's installer.
    public func medium(of profile: Profile, _ family: OSFamily) throws -> MediumRecord {
        try medium(behind: path(profile.name), of: profile, family)
    }

    private func medium(
        behind directory: String, of profile: Profile, _ family: OSFamily
    ) throws -> MediumRecord {
        let link = "\(directory)/\(BootFiles.distribution)"
        guard let target = Files.linkTarget(link) else {
            throw MusterError(
                .notFound, "the profile '\(profile.name)' has no link to a medium: \(link)",
                advice: "make it: ln -s \(BootFiles.target("MEDIUM")) \(link)")
        }
        let medium = try media.record(FilePathText.lastComponent(of: target))
        guard medium.family == family else {
            throw MusterError(
                .conflict,
                "\(link) points to \(medium.label), whose installer is '\(medium.family.rawValue)', and the "
                    + "profile's is '\(family.rawValue)'",
                advice: "a medium of that family, or another `installer` and its answer file")
        }
        return medium
    }

    /// The file with a profile's answers to the installer.
    ///
    /// - Throws: ``MusterError`` `notFound` when it is not there.
    public func answers(of profile: Profile) throws -> AnswerFile {
        guard let name = profile.installer?.answerFile, Files.exists("\(path(profile.name))/\(name)") else {
            throw MusterError(
                .notFound,
                "the profile '\(profile.name)' has no \(profile.installer?.answerFile ?? "answers for its installer")",
                advice: "a new profile of the same medium has one to copy")
        }
        let digest = try FileDigest.ofFile("\(path(profile.name))/\(name)").digest
        return AnswerFile(name: name, path: "/os/\(profile.name)/\(name)", digest: digest)
    }

    /// Makes a profile that runs an image from memory. Throws ``MusterError`` `alreadyExists` when there is one of that
    /// name; nothing is changed then.
    ///
    /// - Parameter check: throws for a version that is not to be run.
    public func createFromImage(
        _ name: String, image text: String, check: (ImageReference) throws -> Void = { _ in }
    ) throws -> Profile {
        try requireFree(name)
        let reference = try images.find(text)
        try check(reference)
        let manifest = try images.manifest(reference)
        let isPinned = ImageReference(text) != nil
        let file = NewProfileFile(manifest: manifest, isPinned: isPinned).text
        return try create(name, file) { _ in }
    }

    /// Makes a profile that installs from a medium by its own installer. Throws as ``createFromImage(_:image:check:)``
    /// does, `unsupported` for a medium whose installer Muster cannot drive, and `conflict` while a medium is imported or
    /// removed.
    public func createFromMedium(
        _ name: String, medium: MediumRecord, variant: ProfileVariant = .standard
    ) throws -> Profile {
        try requireFree(name)
        let system = InstalledSystem(
            distribution: medium.distribution, version: medium.version, architecture: medium.architecture)
        guard let installer = medium.family.installer(for: system) else {
            let known = OSFamily.installable.map(\.rawValue).joined(separator: ", ")
            throw MusterError(
                .unsupported, "Muster cannot drive the installer of \(medium.label) yet",
                advice: "families whose installers it drives: \(known)")
        }
        // So that the medium does not go while the link to it is made.
        let lock = try lockMedia()
        defer { lock?.release() }
        let file = NewInstallerProfileFile(medium: medium).text
        return try create(name, file) { staging in
            try Files.link("\(staging)/\(BootFiles.distribution)", to: BootFiles.target(medium.name))
            try AtomicFile.write(
                installer.defaultAnswers(for: system, variant: variant), to: "\(staging)/\(installer.answerFile)")
            let profile = try Profile.parse(file, file: "profile.yaml", name: name)
            _ = try installerBoot(of: profile, medium).write(in: staging)
        }
    }

    /// Nil for who may read media and not change them, as the service's user: root made them.
    private func lockMedia() throws -> FileLock? {
        do {
            return try media.lock()
        } catch let error as MusterError where error.code == .forbidden {
            return nil
        }
    }

    private func requireFree(_ name: String) throws {
        guard ImageReference.isValidName(name) else {
            throw MusterError(
                .invalidInput, "'\(name)' cannot name a profile",
                advice: "allowed: lower-case letters, digits, '.', '_', '-', at most 64, first a letter or digit")
        }
        guard !Files.exists(path(name)) else {
            throw MusterError(.alreadyExists, "there is a profile '\(name)' already")
        }
    }

    /// - Parameters:
    ///   - file: what profile.yaml says.
    ///   - fill: puts further files into the directory that becomes the profile's.
    private func create(_ name: String, _ file: String, fill: (String) throws -> Void) throws -> Profile {
        let profile = try Profile.parse(file, file: "profile.yaml", name: name)
        try Files.createDirectory(directory)
        let lock = try FileLock("\(directory)/.lock", doing: "making a profile", waits: true)
        defer { lock.release() }
        try removeLeftovers()
        // Under another name until it is whole.
        let staging = "\(directory)/.\(name)\(Self.unfinished)"
        do {
            return try finish(profile, file, in: staging, fill)
        } catch {
            try? FileTree.remove(staging)
            throw error
        }
    }

    private static let unfinished = ".new"

    /// Removes what killed runs left. To be called with the lock.
    private func removeLeftovers() throws {
        for name in try Files.names(in: directory) where name.hasPrefix(".") && name.hasSuffix(Self.unfinished) {
            try FileTree.remove("\(directory)/\(name)")
        }
    }

    private func finish(
        _ profile: Profile, _ file: String, in staging: String, _ fill: (String) throws -> Void
    ) throws -> Profile {
        for stage in Profile.Stage.allCases { try Files.createDirectory("\(staging)/scripts/\(stage.rawValue).d") }
        try AtomicFile.write(file, to: "\(staging)/profile.yaml")
        try fill(staging)
        try AtomicFile.write(try script(for: profile, in: staging), to: "\(staging)/boot.ipxe")
        try Files.rename(staging, toNew: path(profile.name))
        try AtomicFile.syncDirectory(of: path(profile.name))
        return profile
    }

    /// Writes the boot files anew when the profile's file, or the version or medium that it follows, changed. True when
    /// it did.
    @discardableResult
    public func updateBoot(_ name: String) throws -> Bool {
        let profile = try load(name)
        let text = try renderedScript(for: profile)
        var hasChanged = false
        if case .installer(let family) = profile.system {
            hasChanged = try installerBoot(of: profile, medium(of: profile, family)).write(in: path(name))
        }
        let isNewScript = try AtomicFile.writeIfChanged(text, to: scriptPath(name))
        return isNewScript || hasChanged
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

    func scriptPath(_ name: String) -> String { "\(path(name))/boot.ipxe" }

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
