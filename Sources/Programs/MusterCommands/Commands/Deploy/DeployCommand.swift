import ArgumentParser
import MusterAPI
import MusterBase
import NodeRange

struct DeployCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "deploy", "Put a profile on nodes.",
        discussion: """
            Arms the nodes: from now on the boot services lead them to the profile, once. On a terminal it shows \
            what it \
            will do and asks, when that is to more than one machine or to one that is running.
            """,
        examples: [
            "muster deploy n1 debian-12 --wait", "muster deploy n[1-40] debian-12 --yes", "muster deploy n1 --clear",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: .nodes) var nodes: String
    @Argument(help: ArgumentHelp("Name of the profile.", valueName: "profile")) var profile: String?
    @Flag(help: "Only arm: leave power and boot device alone.") var prepare = false
    @Flag(help: "Also nodes whose deployment is running: it is given up.") var force = false
    @Flag(
        help: """
            Take the deployment back: nodes that have not begun keep what they run, others are no longer led to a profile.
            """) var clear = false
    @Flag(help: "Wait until all are deployed, and draw how far they are.") var wait = false
    @Option(help: ArgumentHelp("Wait no longer than this, such as 90s, 20m or 2h.", valueName: "time"))
    var timeout: DurationArgument?
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

    mutating func validate() throws {
        if clear {
            guard profile == nil else { throw ValidationError("--clear takes no profile") }
            guard !wait, !prepare, !force else { throw ValidationError("--clear goes with none of the other flags") }
        } else if profile == nil {
            throw ValidationError("a profile is missing: muster deploy NODES PROFILE, or --clear")
        }
        if timeout != nil, !wait { throw ValidationError("--timeout goes with --wait") }
    }

    func run(in context: CommandContext) async throws {
        let client = try options.client(in: context)
        guard let profile else {
            let cleared = try await client.clearDeployments(nodes)
            return try finish(DeployOutcome(cleared, status: nil), in: context) { clearedText($0.nodes) }
        }
        var request = request(profile)
        if context.terminal.inputIsTerminal, !yes {
            guard let agreed = try await DeployQuestion(client, request).agreedRange(in: context) else {
                try context.note("nothing was done")
                throw CommandFailure.failed
            }
            request.range = agreed
        }
        let response = try await client.deploy(request)
        if !response.nodes.isEmpty {
            try context.note(DeployPlan(profile: profile, response).restartAdvice(response.nodes))
        }
        guard wait, !response.nodes.isEmpty else {
            return try finish(DeployOutcome(response, status: nil), in: context) {
                DeployPlan(profile: profile, response).done($0.nodes)
            }
        }
        let waiting = DeployWait(client, response.nodes, timeout: timeout?.duration)
        let progress = try await waiting.run(in: context)
        let outcome = DeployOutcome(response, status: progress.statuses)
        try finish(outcome, in: context, unfinished: progress) { _ in
            progress.summary(context.terminal.outputStyle) + "\n"
        }
    }

    private func request(_ profile: String) -> DeployRequest {
        DeployRequest(range: nodes, profile: profile, prepare: prepare, force: force, dryRun: false)
    }

    /// Writes the result, then names each node that did not get there on standard error.
    private func finish(
        _ outcome: DeployOutcome, in context: CommandContext, unfinished: WaitProgress? = nil,
        text: (DeployOutcome) -> String
    ) throws {
        try options.write(outcome, in: context) { outcome, _ in Array(text(outcome).utf8) }
        let failures = outcome.refused.map { "\($0.node): \($0.reason)" } + (unfinished?.failures ?? [])
        for failure in failures { try context.note("muster: \(printable(failure))") }
        if !failures.isEmpty { throw CommandFailure.failed }
    }

    private func clearedText(_ nodes: [String]) -> String {
        let list = nodes.isEmpty ? "" : ": \(NodeSet(nodes))"
        return "cleared \(counted(nodes.count, "node"))\(list)\n"
    }
}

/// The document that `muster deploy --output json` writes.
struct DeployOutcome: Encodable {
    var nodes: [String]
    var refused: [DeployResponse.Refusal]
    var image: String?
    /// With `--wait`: how the nodes stand at its end.
    var status: [StatusList.Status]?

    init(_ response: DeployResponse, status: [StatusList.Status]?) {
        nodes = response.nodes
        refused = response.refused
        image = response.image
        self.status = status
    }
}
