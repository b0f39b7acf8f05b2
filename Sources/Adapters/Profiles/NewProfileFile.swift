import DeploymentModel

/// The first `profile.yaml` of a profile: the administrator's from then on.
struct NewProfileFile {
    let manifest: ImageManifest
    /// Whether the profile stays with this version or follows the latest one.
    let isPinned: Bool

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
          name: \(quoted(manifest.name))
          version: \(isPinned ? String(manifest.version) : "latest")
          method: untethered

        """
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline } + "\""
    }
}
