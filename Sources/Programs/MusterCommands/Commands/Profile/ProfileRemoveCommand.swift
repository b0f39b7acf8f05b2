import ArgumentParser
import LinuxSystem
import MusterAPI
import MusterBase
import NodeRange
import Profiles

struct ProfileRemoveCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "remove", "Remove profiles with all that is in their directories.",
        discussion: """
            Not while a node has one, which the service is asked for: take it from the node first, by another deployment or \
            by muster deploy NODES --clear. All of them are removed, or none. On a terminal it asks.
            """,
        examples: ["muster profile remove trixie-test", "muster profile remove old older --yes"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Names of profiles.", valueName: "profile")) var profiles: [String]
    @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        var names: [String] = []
        for name in profiles where !names.contains(name) {
            try store.requirePresent(name)
            names.append(name)
        }
        try await requireUnused(names, state, context)
        guard try isAgreed(names, store, in: context) else {
            try context.note("nothing was done")
            throw CommandFailure.failed
        }
        for name in names { try store.remove(name) }
        try options.write(ChangeResponse(names: names), in: context) { change, _ in
            Array(change.names.map { "removed \($0)\n" }.joined().utf8)
        }
    }

    private func isAgreed(_ names: [String], _ store: ProfileStore, in context: CommandContext) throws -> Bool {
        guard context.terminal.inputIsTerminal, !yes else { return true }
        for name in names { try context.note("removes \(store.path(name)) with all that is in it") }
        try context.errors.write("Go ahead? [y/N] ")
        let answer = (context.readLine() ?? "").lowercased()
        return answer == "y" || answer == "yes"
    }

    /// A site that never had a store has no nodes either.
    private func requireUnused(_ names: [String], _ state: StateDirectory, _ context: CommandContext) async throws {
        let statuses: [StatusList.Status]
        do {
            statuses = try await options.client(in: context).status(nil).nodes
        } catch let error as MusterError where error.code == .unavailable && !Files.exists(state.database) {
            return
        }
        for name in names {
            let nodes = statuses.filter { $0.deployment?.profile == name }
            guard !nodes.isEmpty else { continue }
            let set = NodeSet(nodes.map(\.node))
            let running = nodes.count { $0.deployment?.state.isOver == false }
            let begun =
                running == 0 ? "" : "; \(counted(running, "deployment")) of it \(running == 1 ? "is" : "are") under way"
            throw MusterError(
                .conflict, "the profile '\(name)' is in use by \(counted(nodes.count, "node")): \(set)\(begun)",
                advice: "give them another one, or take it from them: muster deploy \(set) --clear")
        }
    }
}
