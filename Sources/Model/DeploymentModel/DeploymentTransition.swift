import MusterBase

extension Deployment {
    /// Takes one event in: the pure rule of how a deployment goes from state to state.
    ///
    /// An event that comes late (by a slow network, or sent twice) never moves a deployment that is over.
    public mutating func apply(_ event: TraceEvent) {
        guard !state.isOver else { return }
        lastEventAt = event.time
        lastStep = event.message
        progress = event.status == .progress ? event.progress : nil
        if event.step != Step.armed, startedAt == nil { startedAt = event.time }
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
        case (_, Step.onboot), (.done, Step.switchRoot):
            state = .firstboot
        case (_, Step.armed):
            break
        default:
            if state == .armed { state = .booting }
        }
    }
}
