import Media

/// The `profile.yaml` of a profile that was just made from a medium, for its owner to edit.
struct NewInstallerProfileFile {
    let medium: MediumRecord

    var text: String {
        let version = medium.version.map { "version: \"\($0)\"\n" } ?? ""
        let label = medium.label.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        return """
            # How machines get this system. The keys: docs/reference/profile.md.
            # The medium is what the link 'distribution' points to; the installer's answers are in a file beside this one.
            # After a change: muster profile update-boot NAME
            label: "\(label)"
            family: \(medium.distribution)
            \(version)architecture: \(medium.architecture)
            installer: \(medium.family.rawValue)
            kernel_arguments: ""

            """
    }
}
