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
    let bootScript: BootScript

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
        try requirePresent(name)
        return try Profile.read(path: "\(path(name))/\(ProfileStock.settings)", name: name)
    }

    /// Throws as ``load(_:)`` does where there is none of that name.
    public func requirePresent(_ name: String) throws {
        guard ImageReference.isValidName(name), Files.exists("\(path(name))/\(ProfileStock.settings)") else {
            let known = (try? names()) ?? []
            throw MusterError(
                .notFound, "there is no profile '\(name)'",
                advice: known.isEmpty
                    ? "make one from an image: muster profile create NAME IMAGE"
                    : "there are: \(known.joined(separator: ", "))")
        }
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

    func find(_ image: Profile.ImageChoice) throws -> ImageReference {
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

    /// - Parameter directory: the profile's, or the one that becomes it.
    func medium(
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
}
