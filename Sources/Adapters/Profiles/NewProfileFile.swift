import DeploymentModel

/// The first `profile.yaml` of a profile: the administrator's from then on.
struct NewProfileFile {
    let manifest: ImageManifest
    /// The image that it gives, and the version that it stays with; nil for one that follows the latest.
    let image: String
    let version: Int?

    var text: String {
        """
        # How machines get this system. The keys: docs/reference/profile.md.
        # After a change: muster profile update-boot NAME
        label: \(quoted("\(manifest.distribution) \(manifest.distributionVersion), from memory"))
        family: \(manifest.distribution)
        version: \(quoted(manifest.distributionVersion))
        architecture: \(manifest.architecture)
        kernel_arguments: ""
        image:
          name: \(quoted(image))
          version: \(version.map { String($0) } ?? "latest")
          method: untethered
        \(install)
        """
    }

    /// For the method installtodisk: the layout of the machine that the image was captured from.
    private var install: String {
        guard let disk = manifest.disk else { return "" }
        let extras = disk.extras.map { extra in
            let type = extra.path == nil ? "" : ", filesystem: \(extra.type.rawValue)"
            let label = extra.label.map { ", label: \(quoted($0))" } ?? ""
            return "    - {path: \(extra.path ?? "swap"), size: \(extra.size)\(type)\(label)}\n"
        }
        let list = extras.isEmpty ? "" : "  filesystems:\n" + extras.joined()
        return """
            # Used by the method installtodisk alone: how the disk was laid out that this was captured from.
            install:
              filesystem: \(disk.fileSystem.rawValue)
            \(list)
            """
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline } + "\""
    }
}
