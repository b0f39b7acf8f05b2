import MusterAgent

/// The program on the node.
@main
enum Main {
    // On the first thread, so that what is prepared holds for all others.
    @MainActor
    static func main() async {
        AgentProgram.prepare(CommandLine.arguments)
        await AgentProgram.run(CommandLine.arguments)
    }
}
