import ArgumentParser
import Media
import MusterBase

struct MediaShowCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "show", "Show what a medium is, what boots from it, and what was verified when it was imported.",
        examples: ["muster media show rocky-9.4-x86_64"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of a medium.", valueName: "medium")) var medium: String

    /// The document that `--output json` writes: the medium's record, and the profiles that point to it.
    struct Report: Encodable {
        private enum CodingKeys: String, CodingKey { case profiles }

        var record: MediumRecord
        var profiles: [String]

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(profiles, forKey: .profiles)
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let report = Report(
            record: try state.media.record(medium),
            profiles: try state.media.profiles(using: medium, in: state.profileDirectories))
        try options.write(report, in: context) { Array(Self.text(of: $0, $1).utf8) }
    }

    private static func text(of report: Report, _ style: TextStyle) -> String {
        let record = report.record
        var facts: [(String, String?)] = [
            ("medium", record.name), ("label", record.label), ("family", record.family.rawValue),
            ("distribution", record.distribution), ("version", record.version), ("architecture", record.architecture),
            ("variant", record.variant), ("kernel", record.kernel),
            // ESXi has a hundred.
            ("initramfs", record.initramfs.isEmpty ? nil : shortened(record.initramfs)),
        ]
        facts += record.bootFiles.map { ($0.role.rawValue.replacing("_", with: " "), $0.path) }
        facts += [
            ("image", record.image), ("files", "\(grouped(record.files)), \(sizeText(record.size))"),
            ("digest", record.digest.description), ("source", record.source),
            ("imported", String(record.imported.description.prefix(19)).replacing("T", with: " ") + " UTC"),
        ]
        if !report.profiles.isEmpty { facts.append(("profiles", report.profiles.joined(separator: ", "))) }
        facts += verificationLines(record.verification).map { ("verified", $0) }
        var text = ""
        for (name, value) in facts {
            guard let value else { continue }
            let padding = String(repeating: " ", count: max(1, 22 - name.count))
            text += style.paint(name, .strong) + padding + printable(value) + "\n"
        }
        return text
    }

    private static func shortened(_ paths: [String]) -> String {
        paths.prefix(4).joined(separator: " ") + (paths.count > 4 ? " and \(paths.count - 4) more" : "")
    }
}
