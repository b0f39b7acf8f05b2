import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// What the agent of the initramfs hands to the agent of the booted system. Only root can read it. It lies in memory
/// only, below /run, which goes along when the root is switched; of a system on a disk, on that disk.
struct AgentState: Codable, Sendable {
    /// 64 hexadecimal digits.
    private var key: String
    var node: String
    var deployment: String
    var profile: String
    var image: ImageReference
    var members: [String]
    var heartbeatInterval: Int
    var onbootScripts: [StageScript]
    /// Of a system on a disk: run once.
    var firstbootScripts: [StageScript]
    /// What could not be sent yet, and the number of the next event.
    var events: EventQueue

    static let memoryDirectory = "/run/muster-agent"
    static let diskDirectory = "/var/lib/muster"
    private static let fileName = "agent.json"

    init(key: AgentKey, configuration: NodeConfiguration, members: [String], events: EventQueue) {
        self.key = hexText(key.reveal())
        node = configuration.node
        deployment = configuration.deployment
        profile = configuration.profile
        image = configuration.image
        self.members = members
        heartbeatInterval = configuration.heartbeatInterval
        onbootScripts = configuration.onbootScripts
        firstbootScripts = configuration.install?.firstbootScripts ?? []
        self.events = events
    }

    func agentKey() throws -> AgentKey {
        guard let octets = hexBytes(key), octets.count == 32 else {
            throw MusterError(.malformed, "the agent's state holds no key")
        }
        return Secret(octets)
    }

    /// Writes it to a directory of root's own.
    func save(in directory: String = memoryDirectory) throws {
        try Files.createDirectory(directory, mode: 0o700)
        try Files.setMode(directory, 0o700)
        try MusterJSONFile.write(self, to: directory + "/" + AgentState.fileName, mode: 0o600)
    }

    /// Of a system that was handed over in this boot, else of one on a disk; and where it lies.
    static func load() throws -> (state: AgentState, directory: String) {
        let path = memoryDirectory + "/" + fileName
        let directory = Files.exists(path) ? memoryDirectory : diskDirectory
        return (try MusterJSONFile.read(AgentState.self, from: directory + "/" + fileName), directory)
    }
}
