import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// What the agent of the initramfs hands to the agent of the booted system. Only root can read it. It lies in memory
/// only, below /run, which goes along when the root is switched; of a system on a disk, on that disk.
package struct AgentState: Codable, Sendable {
    /// 64 hexadecimal digits.
    private var key: String
    var node: String
    package var deployment: String
    var profile: String
    /// Nil where an installer put the system on the disk.
    package var image: ImageReference?
    /// What the node runs, for people.
    var system: String
    var members: [String]
    var heartbeatInterval: Int
    var onbootScripts: [StageScript]
    /// Of a system on a disk: run once.
    var firstbootScripts: [StageScript]
    /// What the server does in the stages.
    package var work: StageWork?
    /// What could not be sent yet, and the number of the next event.
    package var events: EventQueue
    /// On a disk with two roots: which one this is.
    package var slot: RootSlot?
    /// The version in the other root, while this one is on trial and the machine may go back to it.
    var former: ImageReference?
    /// Of an encrypted root: what is to be done once to its key.
    var seal: DiskSeal?
    /// Set when the machine returned to this root from the other one.
    package var setback: Setback?

    /// A version in the other root that did not become healthy.
    package struct Setback: Codable, Sendable, Hashable {
        package var image: ImageReference
        /// What became of it, in words.
        package var outcome: String
        /// True when a server knows.
        package var isTold = false
    }

    package static let memoryDirectory = "/run/muster-agent"
    static let diskDirectory = "/var/lib/muster-agent"
    private static let fileName = "agent.json"

    package init(
        key: AgentKey, configuration: NodeConfiguration, members: [String], events: EventQueue, slot: RootSlot? = nil,
        former: ImageReference? = nil, seal: DiskSeal? = nil
    ) {
        self.key = hexText(key.reveal())
        node = configuration.node
        deployment = configuration.deployment
        profile = configuration.profile
        image = configuration.image?.reference
        system = configuration.system
        self.members = members
        heartbeatInterval = configuration.heartbeatInterval
        onbootScripts = configuration.onbootScripts
        firstbootScripts = configuration.install?.firstbootScripts ?? []
        work = configuration.work
        self.events = events
        self.slot = slot
        self.former = former
        self.seal = seal
    }

    package func agentKey() throws -> AgentKey {
        guard let octets = hexBytes(key), octets.count == 32 else {
            throw MusterError(.malformed, "the agent's state holds no key")
        }
        return Secret(octets)
    }

    /// The state of the root that the machine returned to: it speaks for the deployment that failed, by the key that is
    /// in force, and stays the version that it is.
    func returned(from notice: TrialNotice, outcome: String) -> AgentState {
        var state = self
        state.key = notice.key
        state.deployment = notice.deployment
        state.setback = Setback(image: notice.image, outcome: outcome)
        state.events = EventQueue()
        // Far above the numbers of the installation's events, and of those of the root that was on trial.
        state.events.skip(1_000_000_000)
        return state
    }

    /// Writes it to a directory of root's own.
    package func save(in directory: String = memoryDirectory) throws {
        try Files.createDirectory(directory, mode: 0o700)
        try Files.setMode(directory, 0o700)
        try MusterJSONFile.write(self, to: directory + "/" + AgentState.fileName, mode: 0o600)
    }

    /// Of a system that was handed over in this boot, else of one on a disk; and where it lies.
    static func load() throws -> (state: AgentState, directory: String) {
        let path = memoryDirectory + "/" + fileName
        let directory = Files.exists(path) ? memoryDirectory : diskDirectory
        return (try load(from: directory), directory)
    }

    package static func load(from directory: String) throws -> AgentState {
        try MusterJSONFile.read(AgentState.self, from: directory + "/" + fileName)
    }
}
