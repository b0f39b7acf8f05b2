import LinuxSystem
import MusterAPI
import MusterBase

/// A disk with two roots, seen from the running system: whether this root is on trial, and what becomes of it.
package struct RootTrial: Sendable {
    let slot: RootSlot
    let file: RootChoiceFile
    /// Where the marker is put that ``TrialDeadline`` looks for.
    private let runtimeDirectory: String
    let tools: any ToolRunner

    package init(
        slot: RootSlot, file: RootChoiceFile = .installed, runtimeDirectory: String = AgentState.memoryDirectory,
        tools: any ToolRunner = SystemToolRunner()
    ) {
        self.slot = slot
        self.file = file
        self.runtimeDirectory = runtimeDirectory
        self.tools = tools
    }

    /// True when this root is on trial and there is another to return to. What cannot be read is taken for that, when
    /// GRUB said so to the kernel.
    package var returns: Bool {
        if let choice = try? file.read() { return choice.standing(of: slot) == .onTrial(returns: true) }
        let arguments = (try? Files.readText("/proc/cmdline", limit: 65536)) ?? ""
        return arguments.split(whereSeparator: \.isWhitespace).contains { $0 == RootMenu.trialArgument }
    }

    /// Starts left to a root that is on trial.
    package var triesLeft: Int {
        guard case .left(let count) = (try? file.read())?.tries else { return 0 }
        return count
    }

    /// Makes a root that is on trial the good one. Of a root that is none nothing is changed.
    package func accept() throws {
        let choice = try file.read()
        guard case .onTrial = choice.standing(of: slot) else { return }
        try file.write(choice.accepting(slot))
        try Files.createDirectory(runtimeDirectory, mode: 0o700)
        try Files.write("", to: runtimeDirectory + "/" + TrialDeadline.healthyMarker, mode: 0o600)
    }

    /// Keeps this root from being started again.
    package func reject() throws { try file.write(try file.read().rejecting()) }

    /// Asks systemd to restart the machine.
    func restart() async throws { _ = try await tools.check(.systemctl, ["reboot"], doing: "restarting this machine") }
}

extension RootTrial {
    /// When the other root was on trial and the machine came back to this one: takes the installation's notice into this
    /// root's state, and ends the trial. Broken off at any point, it does the rest at the next start.
    ///
    /// - Returns: the state that holds from now on.
    package func takeBack(_ state: AgentState, directory: String) throws -> AgentState {
        let choice = try file.read()
        guard case .returned(let tries) = choice.standing(of: slot) else { return state }
        var state = state
        if let notice = try? TrialNotice.load(from: directory) {
            state = state.returned(from: notice, outcome: Self.outcome(tries))
            try state.save(in: directory)
            try TrialNotice.remove(from: directory)
        }
        try file.write(choice.withoutTrial())
        return state
    }

    private static func outcome(_ tries: RootChoice.Tries) -> String {
        switch tries {
        case .rejected: "did not become healthy"
        case .left(0): "was started \(RootChoice.firstTries) times and did not become healthy"
        case .left: "was not started, as the boot loader could not count its starts"
        }
    }
}
