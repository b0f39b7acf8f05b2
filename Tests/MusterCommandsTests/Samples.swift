import DeploymentModel
import MusterAPI
import MusterBase
import Testing

/// A time on the day of the fixture's clock.
func time(_ clock: String) throws -> Timestamp { try #require(Timestamp("2026-03-01T\(clock)Z")) }

/// A deployment that was armed at 11:50.
func deployment(
    _ node: String, _ state: DeploymentState, lastStep: String? = nil, progress: Int? = nil, failure: String? = nil,
    started: String? = nil, finished: String? = nil, lastEvent: String? = nil
) throws -> Deployment {
    var deployment = Deployment(
        id: "00112233445566ff", node: node, profile: "debian-12", method: .untethered, image: "debian-12@7",
        armedAt: try time("11:50:00"), armedBy: "root")
    deployment.state = state
    deployment.lastStep = lastStep
    deployment.progress = progress
    deployment.failure = failure
    deployment.startedAt = try started.map(time)
    deployment.finishedAt = try finished.map(time)
    deployment.lastEventAt = try (lastEvent ?? finished ?? started).map(time)
    return deployment
}

func status(
    _ node: String, _ deployment: Deployment?, running: ImageReference? = nil, heartbeat: String? = nil,
    alive: Bool = false
) throws -> StatusList.Status {
    StatusList.Status(
        node: node, deployment: deployment, running: running, lastHeartbeat: try heartbeat.map(time), alive: alive,
        diagnosis: nil)
}

/// A list of nodes in every state that there is.
func sampleStatus() throws -> StatusList {
    StatusList(
        nodes: [
            try status("n1", nil),
            try status("n2", deployment("n2", .armed)),
            try status(
                "n3",
                deployment(
                    "n3", .booting, lastStep: "root file system: 90 of 180 MB", progress: 50, started: "11:59:00",
                    lastEvent: "11:59:58")),
            try status(
                "n4", deployment("n4", .deployed, lastStep: "deployed", started: "11:51:00", finished: "11:52:05"),
                running: ImageReference("debian-12@7"), heartbeat: "11:59:50", alive: true),
            try status(
                "n5", deployment("n5", .deployed, lastStep: "deployed", started: "11:51:00", finished: "11:52:05"),
                running: ImageReference("debian-12@6"), heartbeat: "11:53:00", alive: false),
            try status(
                "n6",
                deployment(
                    "n6", .failed, lastStep: "digest", failure: "the root file system has a wrong digest",
                    started: "11:51:00", finished: "11:53:00")),
            try status(
                "n10",
                deployment("n10", .booting, lastStep: "network is up", started: "11:51:00", lastEvent: "11:52:00")),
        ], revision: 41)
}

func event(
    _ clock: String, _ source: TraceSource, _ step: String, _ status: TraceStatus, _ message: String,
    _ progress: Int? = nil
) throws -> TraceEvent {
    TraceEvent(time: try time(clock), source: source, step: step, status: status, message: message, progress: progress)
}
