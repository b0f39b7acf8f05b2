import DeploymentModel
import Media
import MusterBase
import OSFamilies

/// The texts that Muster puts into a profile, which are the administrator's from then on. They depend on this version of
/// Muster, on what the profile is made from, and on nothing else: not on the profile's name, nor on the site.
struct ProfileStock {
    struct File {
        /// Below the profile's directory.
        let path: String
        let text: String
    }

    let files: [File]

    /// For a profile that runs an image.
    ///
    /// - Parameter image: `NAME@VERSION`, or a name for the latest version of it.
    init(image: String, _ manifest: ImageManifest) {
        let reference = ImageReference(image)
        let file = NewProfileFile(
            manifest: manifest, image: reference?.name ?? image, version: reference?.version)
        files = [File(path: Self.settings, text: file.text)]
    }

    /// For a profile that installs from a medium. Throws ``MusterError`` `unsupported` for one whose installer Muster cannot
    /// drive.
    init(medium: MediumRecord, variant: ProfileVariant) throws {
        let system = medium.installedSystem
        guard let installer = medium.family.installer(for: system) else {
            let known = OSFamily.installable.map(\.rawValue).joined(separator: ", ")
            throw MusterError(
                .unsupported, "Muster cannot drive the installer of \(medium.label) yet",
                advice: "families whose installers it drives: \(known)")
        }
        files = [
            File(path: Self.settings, text: NewInstallerProfileFile(medium: medium).text),
            File(path: installer.answerFile, text: installer.defaultAnswers(for: system, variant: variant)),
        ]
    }

    static let settings = "profile.yaml"

    func text(_ path: String) -> String? { files.first { $0.path == path }?.text }
}

extension MediumRecord {
    /// What its installer puts on machines.
    public var installedSystem: InstalledSystem {
        InstalledSystem(distribution: distribution, version: version, architecture: architecture)
    }
}
