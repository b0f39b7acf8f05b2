import MusterCommands

/// The command line: all of it is in MusterCommands.
@main
enum Muster {
    static func main() async { await MusterProgram.main() }
}
