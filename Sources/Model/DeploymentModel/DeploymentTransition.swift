import MusterBase

extension Deployment {
    /// Takes one event in: the pure rule of how a deployment goes from state to state.
    ///
    /// An event that comes late (by a slow network, or sent twice) never moves a deployment that is over. Only a machine
    /// that arrives after all, because it went on trying, takes its failure back.
    public mutating func apply(_ event: TraceEvent) {
        if state == .failed, event.arrives {
            failure = nil
            finishedAt = nil
            state = .booting
        }
        if state == .deployed { takeStart(event) }
        guard !state.isOver else { return }
        lastEventAt = event.time
        lastStep = event.message
        progress = event.status == .progress ? event.progress : nil
        // What was refused, by whomever, is no sign that the machine has begun.
        let isBeginning = event.step != Step.armed && event.status != .retrying
        if isBeginning, startedAt == nil { startedAt = event.time }
        switch (event.status, event.step) {
        case (.failed, _):
            state = .failed
            failure = event.message
            finishedAt = event.time
            keyGrantOpen = false
        case (.done, Step.deployed):
            state = .deployed
            finishedAt = event.time
            keyGrantOpen = false
        case (_, Step.firstboot), (_, Step.onboot), (.done, Step.switchRoot):
            state = .firstboot
        case (.done, Step.staged):
            state = .staged
            stagedAt = event.time
        case (_, let step) where Step.ofInstalling.contains(step):
            // What an installer still says while the machine goes down takes nothing back: the machine would be installed anew.
            if state.isRunning { state = .installing }
        case (_, Step.armed):
            break
        default:
            if state == .armed, isBeginning { state = .booting }
        }
    }

    /// A system on a disk starts again and again with one deployment. The last start counts, and changes no state.
    private mutating func takeStart(_ event: TraceEvent) {
        guard event.source == .agent else { return }
        switch (event.status, event.step) {
        case (.failed, Step.firstboot), (.failed, Step.onboot): failure = event.message
        case (.done, Step.deployed): failure = nil
        default: break
        }
    }
}

extension TraceEvent {
    /// True for what only a machine can say that has its system.
    fileprivate var arrives: Bool {
        source == .agent && status == .done && [Step.switchRoot, Step.staged, Step.deployed].contains(step)
    }
}
