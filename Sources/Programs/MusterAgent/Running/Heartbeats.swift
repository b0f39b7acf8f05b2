import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// Says now and then that this node is alive, and what it really runs.
struct Heartbeats: Sendable {
    let pool: MemberPool
    let key: AgentKey
    let image: ImageReference?
    let bootIdentifier: String

    /// The shortest and longest pause that a server may ask for, in seconds.
    private static let pauses = 5...3600

    init(pool: MemberPool, key: AgentKey, image: ImageReference?) {
        self.pool = pool
        self.key = key
        self.image = image
        let text = (try? Files.readText("/proc/sys/kernel/random/boot_id", limit: 4096)) ?? ""
        bootIdentifier = String(text.prefix { !$0.isNewline })
    }

    /// Beats until cancelled. A server that does not answer is asked again at the next beat.
    func run(every seconds: Int) async {
        var interval = seconds
        while !Task.isCancelled {
            interval = await beat(goingDown: false) ?? interval
            let pause = min(max(interval, Heartbeats.pauses.lowerBound), Heartbeats.pauses.upperBound)
            // Spread, so that a thousand nodes that started together do not beat together.
            let spread = Duration.milliseconds(Int.random(in: 0...(pause * 100)))
            guard (try? await Task.sleep(for: .seconds(pause) - spread)) != nil else { return }
        }
    }

    /// One beat; the answer is the pause that the server asks for.
    @discardableResult
    func beat(goingDown: Bool) async -> Int? {
        let heartbeat = Heartbeat(
            image: image, bootIdentifier: bootIdentifier, uptime: SystemClock.sinceBoot.components.seconds,
            memoryAvailable: MemoryFacts.read().available, goingDown: goingDown,
            isTethered: RootServerStatus.read().map { !$0.isComplete })
        return try? await pool.ask { try await $0.heartbeat(heartbeat, key: key) }.interval
    }
}
