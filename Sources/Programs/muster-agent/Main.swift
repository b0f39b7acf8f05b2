import MusterAgent

/// The program on the node.
@main
enum Main {
    static func main() async {
        await AgentProgram.run(CommandLine.arguments)
    }
}
