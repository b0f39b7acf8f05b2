import LinuxSystem
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A bridge inside the lab.
public struct LabNetwork: Codable, Sendable, Hashable {
    /// The bridge that machines are attached to unless told otherwise.
    public static let mainBridge = "muster0"

    /// At most 15 octets.
    public let bridge: String
    /// The address that the lab's own side has there; nil for a bridge that the servers take no part in.
    public let address: IPv4Network?

    public init(bridge: String = LabNetwork.mainBridge, address: IPv4Network?) {
        self.bridge = bridge
        self.address = address
    }
}

/// A program that runs inside the lab beside the machines, such as musterd.
public struct LabService: Codable, Sendable, Hashable {
    /// As for machines. Its output goes to `lab/<name>.log`.
    public let name: String
    /// Absolute.
    public let executable: String
    public let arguments: [String]
    /// The Unix socket whose acceptance of connections says that it is ready; nil for none. Removed with the lab.
    public let socket: String?

    public init(name: String, executable: String, arguments: [String], socket: String? = nil) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.socket = socket
    }

    /// `musterd --state-dir DIR`, ready when its socket accepts.
    public static func musterd(executable: String, stateDirectory: String) -> LabService {
        LabService(
            name: "musterd", executable: executable, arguments: ["--state-dir", stateDirectory],
            socket: stateDirectory + "/muster.sock")
    }
}

/// How machines are run.
public enum LabAcceleration: String, Codable, Sendable {
    case kvm
    /// QEMU's emulation, which works everywhere.
    case emulation
}

/// All that the supervisor of a lab has to know. Kept in `lab/lab.json` of the state directory.
public struct LabConfiguration: Codable, Sendable {
    /// Part of what identities of machines are derived from.
    public var name: String
    /// Absolute; the lab keeps its own things in `lab/` there.
    public var stateDirectory: String
    public var networks: [LabNetwork]
    /// Started in this order when the lab comes up.
    public var services: [LabService]
    public var machines: [LabMachine]
    /// How many machines may run at a time.
    public var runningLimit: Int
    /// nil until it was found out.
    public var acceleration: LabAcceleration?
    /// The lab ends when the process that made it does, however that ends.
    public var endsWithCaller: Bool

    public init(
        name: String = "lab", stateDirectory: String,
        networks: [LabNetwork] = [LabNetwork(address: IPv4Network(IPv4Address(10, 88, 0, 1), prefixLength: 24))],
        services: [LabService], machines: [LabMachine] = [], runningLimit: Int = 2,
        acceleration: LabAcceleration? = nil, endsWithCaller: Bool = false
    ) {
        self.name = name
        self.stateDirectory = stateDirectory
        self.networks = networks
        self.services = services
        self.machines = machines
        self.runningLimit = runningLimit
        self.acceleration = acceleration
        self.endsWithCaller = endsWithCaller
    }

    /// Reads what ``Lab/up(_:muster:tools:report:)`` wrote in that state directory.
    public static func load(stateDirectory: String) throws -> LabConfiguration {
        let path = LabDirectory(stateDirectory: stateDirectory).configuration
        let bytes = try Files.read(path)
        do {
            return try JSONDecoder().decode(LabConfiguration.self, from: Data(bytes))
        } catch {
            throw MusterError(.malformed, "cannot understand \(path)")
        }
    }

    /// - Throws: ``MusterError`` with code `invalidInput` that names what is wrong and what is allowed.
    public func validate() throws(MusterError) {
        guard stateDirectory.hasPrefix("/") else {
            throw MusterError(.invalidInput, "the state directory of a lab is \"\(stateDirectory)\", not absolute")
        }
        guard runningLimit >= 1 else {
            throw MusterError(.invalidInput, "a lab that may run \(runningLimit) machines; at least 1 is needed")
        }
        for network in networks where !(1...15).contains(network.bridge.utf8.count) || network.bridge.contains("/") {
            throw MusterError(.invalidInput, "the bridge name \"\(network.bridge)\" is not 1 to 15 octets")
        }
        try refuseTwice(networks.map(\.bridge), what: "bridge")
        for machine in machines { try machine.validate(networks: networks) }
        try refuseTwice(machines.map(\.name) + services.map(\.name), what: "name")
        try refuseTwice(machines.map { String($0.index) }, what: "machine number")
    }

    private func refuseTwice(_ names: [String], what: String) throws(MusterError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw MusterError(.invalidInput, "the lab has the \(what) \(name) twice")
        }
    }
}
