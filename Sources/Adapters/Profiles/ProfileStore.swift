import DeploymentModel
import Images
import LinuxSystem
import MusterBase

/// The profiles in a directory (`public/os`), and the images that they give (`public/images`).
public struct ProfileStore: Sendable {
    /// `public/os`.
    public let directory: String
    public let images: ImageStore
    private let bootScript: BootScript

    /// - Parameter publicDirectory: `public` in the state directory.
    public init(publicDirectory: String) throws {
        directory = "\(publicDirectory)/os"
        images = ImageStore(directory: "\(publicDirectory)/images")
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

    /// The version that the profile's file asks for. Throws ``MusterError`` `notFound` when it is not there.
    public func wantedImage(of profile: Profile) throws -> ImageReference {
        switch profile.image.version {
        case .latest: return try images.find(profile.image.name)
        case .number(let number): return try images.find("\(profile.image.name)@\(number)")
        case .channel(let channel):
            let channels = try images.channels(of: profile.image.name).versions
            guard let version = channels[channel] else {
                throw MusterError(
                    .notFound, "the image \(profile.image.name) has no channel '\(channel)'",
                    advice: channels.isEmpty
                        ? "make it: muster image promote \(profile.image.name) \(channel)"
                        : "there are: \(channels.keys.sorted().joined(separator: ", "))")
            }
            return try images.find("\(profile.image.name)@\(version)")
        }
    }

    /// Makes a profile that runs an image from memory. Throws ``MusterError`` `alreadyExists` when there is one of that
    /// name; nothing is changed then.
    ///
    /// - Parameter check: throws for a version that is not to be run.
    public func createFromImage(
        _ name: String, image text: String, check: (ImageReference) throws -> Void = { _ in }
    ) throws -> Profile {
        guard ImageReference.isValidName(name) else {
            throw MusterError(
                .invalidInput, "'\(name)' cannot name a profile",
                advice: "allowed: lower-case letters, digits, '.', '_', '-', at most 64, first a letter or digit")
        }
        guard !Files.exists(path(name)) else {
            throw MusterError(.alreadyExists, "there is a profile '\(name)' already")
        }
        let reference = try images.find(text)
        try check(reference)
        let manifest = try images.manifest(reference)
        let isPinned = ImageReference(text) != nil
        let file = NewProfileFile(manifest: manifest, isPinned: isPinned).text
        let profile = try Profile.parse(file, file: "profile.yaml", name: name)
        // Under another name until it is whole; what a killed run leaves there is no profile, and in nobody's way.
        let staging = "\(directory)/.\(name).new"
        for stage in Profile.Stage.allCases { try Files.createDirectory("\(staging)/scripts/\(stage.rawValue).d") }
        try AtomicFile.write(file, to: "\(staging)/profile.yaml")
        try AtomicFile.write(
            bootScript.render(.init(profile: profile, image: try wantedImage(of: profile))),
            to: "\(staging)/boot.ipxe")
        try DirectoryRename.rename(staging, to: path(name))
        return profile
    }

    /// Writes the boot script anew when the profile's file or the version that it follows changed. True when it did.
    @discardableResult
    public func updateBoot(_ name: String) throws -> Bool {
        let profile = try load(name)
        let text = bootScript.render(.init(profile: profile, image: try wantedImage(of: profile)))
        if let old = try? Files.readText(scriptPath(name), limit: 1 << 20), old == text { return false }
        try AtomicFile.write(text, to: scriptPath(name))
        return true
    }

    func scriptPath(_ name: String) -> String { "\(path(name))/boot.ipxe" }

    func renderedScript(for profile: Profile) throws -> String {
        bootScript.render(.init(profile: profile, image: try wantedImage(of: profile)))
    }
}
