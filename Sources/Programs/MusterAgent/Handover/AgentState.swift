import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// What the agent of the initramfs hands to the agent of the booted system. It lies in memory only, below /run, which
/// goes along when the root is switched, and only root can read it.
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
    /// What could not be sent yet, and the number of the next event.
    var events: EventQueue

    static let path = "/run/muster-agent/agent.json"

    init(key: AgentKey, configuration: NodeConfiguration, members: [String], events: EventQueue) {
        self.key = hexText(key.reveal())
        node = configuration.node
        deployment = configuration.deployment
        profile = configuration.profile
        image = configuration.image
        self.members = members
        heartbeatInterval = configuration.heartbeatInterval
        onbootScripts = configuration.onbootScripts
        self.events = events
    }

    func agentKey() throws -> AgentKey {
        guard let octets = hexBytes(key), octets.count == 32 else {
            throw MusterError(.malformed, "\(AgentState.path) holds no key")
        }
        return Secret(octets)
    }

    func save() throws { try MusterJSONFile.write(self, to: AgentState.path, mode: 0o600) }

    static func load() throws -> AgentState { try MusterJSONFile.read(AgentState.self, from: path) }
}
