import DeploymentModel
import MusterBase

/// What is different on a disk with two roots.
extension RunningNode {
    /// Makes a root on trial the good one, as soon as a server has heard of all that was done so far: then the network is
    /// as good as the rest. ``TrialDeadline`` sees to it that this does not wait for ever.
    func becomeGood() async throws {
        guard let trial else { return }
        if trial.returns {
            await reporter.record(Step.trial, .started, "all stages are done; waiting for a server to know")
            // Without a key nobody is told, and the deadline ends the trial.
            while await !reporter.flush(within: .seconds(10)) { try await Task.sleep(for: .seconds(1)) }
        }
        try trial.accept()
    }

    /// Tells what went wrong. A root on trial is given up, by a restart.
    ///
    /// - Parameter isFinal: true for what another start of the same root cannot mend.
    func fail(_ step: String, _ reason: String, isFinal: Bool) async {
        guard let trial, trial.returns else { return await reporter.record(step, .failed, reason) }
        let tries = isFinal ? 0 : trial.triesLeft
        let former = state.former.map { " with \($0)" } ?? ""
        let next = tries == 0 ? "this machine goes back to its other root\(former)" : "this root is started again"
        await reporter.record(step, tries == 0 ? .failed : .retrying, "\(reason); \(next)")
        _ = await reporter.flush(within: .seconds(60))
        do {
            if isFinal { try trial.reject() }
            try await trial.restart()
        } catch {
            // The deadline does it.
            await reporter.record(Step.trial, .retrying, "cannot restart at once: \(error)")
        }
    }

    /// Tells, once, that the machine returned to this root.
    func tell(_ setback: AgentState.Setback) async {
        guard !setback.isTold else { return }
        await reporter.record(
            Step.trial, .failed, "\(setback.image) \(setback.outcome); this machine runs \(state.system) again")
        while await !reporter.flush(within: .seconds(10)) {
            // The node was armed anew: nobody asks any more what became of this deployment.
            guard await !reporter.isKeyLost, (try? await Task.sleep(for: .seconds(1))) != nil else { return }
        }
        var told = state
        told.setback?.isTold = true
        try? told.save(in: directory)
    }
}
