import ArgumentParser
import MusterAPI
import MusterBase

struct VersionCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "version", "Say which version this is, and which the service is.",
        examples: ["muster version", "muster version --output json"])

    @OptionGroup var options: CommonOptions

    /// Both versions; `service` is absent when no service answers.
    struct Versions: Encodable {
        var version: String
        var service: ServiceVersion?
    }

    func run(in context: CommandContext) async throws {
        let service = try? await options.client(in: context).version()
        let versions = Versions(version: MusterVersion.current, service: service)
        try options.write(versions, in: context) { versions, _ in
            var text = "muster  \(versions.version)\n"
            if let service = versions.service {
                text +=
                    "musterd \(service.version)  site \(service.site), process \(service.process), "
                    + "since \(service.startedAt)\n"
            } else {
                text += "musterd does not answer\n"
            }
            return Array(text.utf8)
        }
    }
}
