import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import OSFamilies

/// What the agent of an installer's initramfs hands to the one that runs beside the installer: in memory, below /run, which
/// goes along into the installer's own root. Only root can read it.
struct InstallerState: Codable, Sendable {
    var agent: AgentState
    var configuration: NodeConfiguration
    var network: NetworkState
    /// What the profile's answer file says.
    var answers: String

    private static let file = AgentState.memoryDirectory + "/installer.json"
    /// The site's public keys, and the agent itself.
    static let siteDirectory = AgentState.memoryDirectory + "/site"
    static let program = AgentState.memoryDirectory + "/muster-agent"

    static var isThere: Bool { Files.exists(file) }

    func save() throws { try MusterJSONFile.write(self, to: Self.file, mode: 0o600) }

    static func load() throws -> InstallerState { try MusterJSONFile.read(InstallerState.self, from: file) }

    /// Brings what the hooks need to where it stays.
    static func keepPrograms() throws {
        try Files.createDirectory(siteDirectory, mode: 0o700)
        for name in try Files.names(in: SiteTrust.directory) {
            try Files.copy("\(SiteTrust.directory)/\(name)", to: "\(siteDirectory)/\(name)", mode: 0o600)
        }
        try Files.copy("/proc/self/exe", to: program, mode: 0o700)
    }
}

extension MachineAnswers {
    /// - Parameters:
    ///   - disk: its path, once it is chosen.
    ///   - medium: where a server has the medium's files.
    init(
        _ configuration: NodeConfiguration, on network: NetworkState, beside surroundings: any InstallerSurroundings,
        medium: String, disk: String?
    ) {
        let plan = NetworkPlan(of: configuration, on: network)
        self.init(
            hostname: configuration.hostname, domain: plan.domain?.text, timeZone: configuration.timeZone,
            locale: configuration.locale, keyboard: configuration.keyboard, ntpServers: configuration.ntpServers,
            rootPasswordCrypt: configuration.rootPasswordCrypt, rootKeys: configuration.rootKeys, disk: disk,
            kernelArguments: configuration.install?.kernelArguments ?? [], repositoryURL: medium,
            network: surroundings.network(plan),
            hook: [InstallerState.program, InstallerProgram.hook])
    }
}

extension NetworkState {
    /// Where a member has the medium of a profile.
    func medium(of profile: String) -> String? {
        let endpoint =
            members.http.first ?? members.nodeAPI.first.map { .init(address: $0.address, port: 80) }
        return endpoint.map { endpoint in
            let port = endpoint.port == 80 ? "" : ":\(endpoint.port)"
            return "http://\(endpoint.address)\(port)/os/\(profile)/distribution"
        }
    }
}
