import DeploymentModel
import Images
import LinuxSystem
import Media
import MusterBase
import OSFamilies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Profiles come and go whole: they are made under another name, and lose theirs before they are taken apart.
extension ProfileStore {
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
        let stock = ProfileStock(image: text, try images.manifest(reference))
        let origin = ProfileOrigin(stock, medium: nil, image: text, variant: nil)
        return try create(name, stock, origin) { _ in }
    }

    /// Makes a profile that installs from a medium by its own installer. Throws as ``createFromImage(_:image:check:)``
    /// does, `unsupported` for a medium whose installer Muster cannot drive, and `conflict` while a medium is imported or
    /// removed.
    public func createFromMedium(
        _ name: String, medium: MediumRecord, variant: ProfileVariant = .standard
    ) throws -> Profile {
        try requireFree(name)
        let stock = try ProfileStock(medium: medium, variant: variant)
        // So that the medium does not go while the link to it is made.
        let lock = try lockMedia()
        defer { lock?.release() }
        let origin = ProfileOrigin(stock, medium: medium, image: nil, variant: variant)
        return try create(name, stock, origin) { staging in
            try Files.link("\(staging)/\(BootFiles.distribution)", to: BootFiles.target(medium.name))
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

    /// Makes a profile of all that is in another one's directory; the boot files are written for the new name.
    ///
    /// - Throws: ``MusterError`` `alreadyExists` when there is one of that name, and what keeps the boot files from being
    ///   written; nothing is changed then.
    public func copy(_ source: String, to name: String) throws -> Profile {
        try requireFree(name)
        var profile = try load(source)
        profile.name = name
        return try make(profile) { staging in
            try FileTree.copy(path(source), to: staging, leavingOut: Self.ownFiles)
        }
    }

    /// What is written anew for a copy.
    private static let ownFiles: Set<String> = [BootFiles.script, ProfileRebase.staging]

    /// Removes a profile, whatever uses it.
    ///
    /// - Throws: ``MusterError`` `notFound` when there is none of that name.
    public func remove(_ name: String) throws {
        try requirePresent(name)
        let lock = try lock(doing: "removing a profile")
        defer { lock.release() }
        try removeLeftovers()
        let doomed = "\(directory)/.\(name)\(Self.unfinished)"
        guard rename(path(name), doomed) == 0 else { throw systemError("cannot remove \(path(name))") }
        try AtomicFile.syncDirectory(of: doomed)
        try FileTree.remove(doomed)
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

    private func create(
        _ name: String, _ stock: ProfileStock, _ origin: ProfileOrigin, fill: (String) throws -> Void
    ) throws -> Profile {
        let file = stock.text(ProfileStock.settings) ?? ""
        return try make(try Profile.parse(file, file: ProfileStock.settings, name: name)) { staging in
            for stage in Profile.Stage.allCases {
                try Files.createDirectory("\(staging)/scripts/\(stage.rawValue).d")
            }
            for file in stock.files {
                try Files.createDirectory(FilePathText.parent(of: "\(staging)/\(file.path)"))
                try AtomicFile.write(file.text, to: "\(staging)/\(file.path)")
            }
            try ProfileOrigin.write(origin, stock, in: staging)
            try fill(staging)
        }
    }

    /// - Parameter fill: makes the directory that becomes the profile's, with all but the boot files.
    private func make(_ profile: Profile, fill: (String) throws -> Void) throws -> Profile {
        try Files.createDirectory(directory)
        let lock = try lock(doing: "making a profile")
        defer { lock.release() }
        try removeLeftovers()
        // Under another name until it is whole.
        let staging = "\(directory)/.\(profile.name)\(Self.unfinished)"
        do {
            try fill(staging)
            try writeBootFiles(of: profile, in: staging)
            try AtomicFile.syncFileSystem(of: staging)
            try Files.rename(staging, toNew: path(profile.name))
        } catch {
            try? FileTree.remove(staging)
            throw error
        }
        try AtomicFile.syncDirectory(of: path(profile.name))
        return profile
    }

    private static let unfinished = ".new"

    /// For a change of a profile's directory, which is done in a moment.
    func lock(doing: String) throws -> FileLock { try FileLock("\(directory)/.lock", doing: doing, waits: true) }

    /// Removes what killed runs left. To be called with the lock.
    private func removeLeftovers() throws {
        for name in try Files.names(in: directory) where name.hasPrefix(".") && name.hasSuffix(Self.unfinished) {
            try FileTree.remove("\(directory)/\(name)")
        }
    }
}
