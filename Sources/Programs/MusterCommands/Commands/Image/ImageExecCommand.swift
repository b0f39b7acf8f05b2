import ArgumentParser
import Images
import MusterBase

struct ImageExecCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "exec", "Run a command in the built tree of an image.",
        discussion: """
            The command, a shell when there is none, runs as root in a container that looks like a machine with this \
            image: its own processes, host name, /proc, /sys, /dev, /run and name servers. What it changes is kept when it \
            ends with 0, and thrown away otherwise. muster image pack then makes a version of it. Ends with the command's \
            own exit code. docs/how-to/exec.md has more.
            """,
        examples: [
            "muster image exec debian-12", "muster image exec debian-12 -- apt-get install --yes tmux",
            "muster image exec rocky-9 --bind /srv/drivers:/mnt:ro -- /mnt/install.sh",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the image.", valueName: "image")) var image: String
    @Option(
        help: ArgumentHelp(
            "SOURCE[:TARGET[:ro]]: a file or directory of this host to show in the tree; may be repeated.",
            valueName: "bind"))
    var bind: [String] = []
    @Flag(help: "Throw away what the command changes.") var discard = false
    @Flag(help: "Keep what the command changed also when it fails.") var keep = false
    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "command"))
    var command: [String] = []

    mutating func validate() throws {
        guard !(discard && keep) else { throw ValidationError("--discard and --keep are opposites") }
    }

    /// What the container takes over from the caller's environment.
    private static let inherited = [
        "TERM", "COLORTERM", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
        "NO_PROXY",
    ]

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        var request = ImageExecutor.Request(command: command)
        request.binds = try bind.map { try BindMount($0, currentDirectory: context.currentDirectory) }
        request.environment = context.environment.filter { Self.inherited.contains($0.key) }
        request.discards = discard
        request.keepsFailed = keep
        request.hasTerminal = context.terminal.inputIsTerminal
        let work = LongWork(context)
        defer { work.finish() }
        let result = try await ImageExecutor(stateDirectory: state.path, tools: context.tools, clock: context.clock)
            .execute(image, request) { doing, share in
                if let doing { work.step(doing, share) } else { work.finish() }
            }
        work.finish()
        try explain(result, in: context)
        if result.exitCode != 0 { throw CommandFailure(exitCode: result.exitCode) }
    }

    private func explain(_ result: ImageExecutor.Result, in context: CommandContext) throws {
        switch result.outcome {
        case .changed:
            try context.note("the tree of \(image) was changed; make a version of it: muster image pack \(image)")
        case .discarded where !discard:
            try context.note(
                "the command ended with \(result.exitCode): what it changed was thrown away (--keep keeps it)")
        case .discarded, .unchanged: break
        }
    }
}
