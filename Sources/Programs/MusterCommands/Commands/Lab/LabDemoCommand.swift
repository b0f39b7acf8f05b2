import ArgumentParser
import Lab
import MusterAPI
import MusterBase

struct LabDemoCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "demo", "Show the whole way: build an image, boot two machines into it, log in to one.",
        discussion: """
            One machine has a BIOS, one UEFI. The image is built once and kept, so that the next demo takes only as long as \
            the machines take to boot. The lab ends with the demo unless it is kept.
            """,
        examples: ["muster lab demo", "muster lab demo --keep"])

    @OptionGroup var options: CommonOptions
    @Flag(help: "Leave the machines running.") var keep = false
    @Option(
        help: ArgumentHelp(
            "Give up when the machines are not deployed after so long (20m unless given).", valueName: "duration"))
    var timeout: DurationArgument?

    func run(in context: CommandContext) async throws {
        let demo = LabDemo(
            state: try options.labDirectory(in: context), context: context,
            timeout: timeout?.duration ?? .seconds(1200),
            keep: keep)
        try await demo.run()
    }
}
