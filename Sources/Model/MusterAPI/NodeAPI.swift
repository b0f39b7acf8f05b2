import DeploymentModel
import MusterBase

/// The API that nodes use, over TLS on the members' HTTPS port. All bodies are JSON by ``MusterJSON``.
public enum NodePath {
    /// POST ``EnrolRequest``, no authentication; answers ``EnrolResponse``.
    public static let enrol = "/node/v1/enrol"
    /// GET; answers ``NodeConfiguration``. This and all below need `Authorization: Bearer <64 hexadecimal digits>`.
    public static let configuration = "/node/v1/configuration"
    /// POST ``HostCertificateRequest``; answers ``HostCertificateResponse``.
    public static let hostCertificates = "/node/v1/host-certificates"
    /// POST ``EventReport``; answers 204.
    public static let events = "/node/v1/events"
    /// POST ``Heartbeat``; answers ``HeartbeatResponse``.
    public static let heartbeat = "/node/v1/heartbeat"
    /// POST ``BootOrderReport``; answers 204.
    public static let bootOrder = "/node/v1/boot-order"
    /// POST ``RecoveryKeyReport``; answers 204 when the key is kept.
    public static let recoveryKeys = "/node/v1/recovery-keys"
    /// GET; answers ``ServerTime``, no authentication.
    public static let time = "/node/v1/time"
}

/// What a machine knows of itself before anybody told it who it is.
public struct MachineDescription: Codable, Sendable, Hashable {
    /// From DMI; absent where the firmware has none.
    public var uuid: MachineUUID?
    public var serial: String?
    /// Permanent hardware addresses of all Ethernet links.
    public var macs: [MACAddress]
    /// As `uname -m` says it.
    public var architecture: String
    /// `bios` or `uefi`.
    public var firmware: String
    /// In octets.
    public var memory: Int64
    public var processors: Int

    public init(
        uuid: MachineUUID?, serial: String?, macs: [MACAddress], architecture: String, firmware: String,
        memory: Int64, processors: Int
    ) {
        self.uuid = uuid
        self.serial = serial
        self.macs = macs
        self.architecture = architecture
        self.firmware = firmware
        self.memory = memory
        self.processors = processors
    }
}

/// A machine asks for the grant of the key that it has made.
public struct EnrolRequest: Codable, Sendable, Hashable {
    public var machine: MachineDescription
    /// SHA-256 of the 32 random octets of the key. The key itself is first sent when it is used.
    public var keyDigest: ContentDigest
    /// The version of the agent.
    public var agent: String
    /// The profile that the machine was booted into, from its kernel arguments.
    public var profile: String?

    public init(machine: MachineDescription, keyDigest: ContentDigest, agent: String, profile: String?) {
        self.machine = machine
        self.keyDigest = keyDigest
        self.agent = agent
        self.profile = profile
    }
}

public struct EnrolResponse: Codable, Sendable, Hashable {
    public var node: String
    public var deployment: String

    public init(node: String, deployment: String) {
        self.node = node
        self.deployment = deployment
    }
}

public struct ServerTime: Codable, Sendable, Hashable {
    public var time: Timestamp

    public init(time: Timestamp) { self.time = time }
}

/// A script of a stage, to be fetched from `path` and run when its digest is right.
public struct StageScript: Codable, Sendable, Hashable {
    public var name: String
    /// Path on the HTTPS port, such as `/os/debian-12/scripts/onboot.d/10-hello`.
    public var path: String
    public var digest: ContentDigest

    public init(name: String, path: String, digest: ContentDigest) {
        self.name = name
        self.path = path
        self.digest = digest
    }
}

/// In which order a machine read the chunks of its tethered root until it was deployed: told once a boot.
public struct BootOrderReport: Codable, Sendable, Hashable {
    /// What it runs; about another version it may not speak.
    public var image: ImageReference
    /// Positions of chunks in the manifest, from 0, each once.
    public var order: [Int]

    public init(image: ImageReference, order: [Int]) {
        self.image = image
        self.order = order
    }
}

/// Host keys to be certified, in OpenSSH's one-line form.
public struct HostCertificateRequest: Codable, Sendable, Hashable {
    public var publicKeys: [String]

    public init(publicKeys: [String]) { self.publicKeys = publicKeys }
}

/// One certificate a key, in the order of the request, in OpenSSH's one-line form.
public struct HostCertificateResponse: Codable, Sendable, Hashable {
    public var certificates: [String]

    public init(certificates: [String]) { self.certificates = certificates }
}

/// Events in the order in which they happened; at most 1000 at a time.
public struct EventReport: Codable, Sendable, Hashable {
    public var deployment: String
    /// Number of the first event, counted by the agent from 0, so that a report sent twice counts once.
    public var firstNumber: Int
    public var events: [TraceEvent]

    public init(deployment: String, firstNumber: Int, events: [TraceEvent]) {
        self.deployment = deployment
        self.firstNumber = firstNumber
        self.events = events
    }
}

/// What a running node says of itself now and then.
public struct Heartbeat: Codable, Sendable, Hashable {
    /// What it really runs, not what was intended.
    public var image: ImageReference?
    public var bootIdentifier: String
    /// Seconds since the kernel started.
    public var uptime: Int64
    /// In octets.
    public var memoryAvailable: Int64
    /// True when the system is going down on purpose.
    public var goingDown: Bool
    /// True while the root file system needs servers; absent where it never did.
    public var isTethered: Bool?

    public init(
        image: ImageReference?, bootIdentifier: String, uptime: Int64, memoryAvailable: Int64, goingDown: Bool,
        isTethered: Bool? = nil
    ) {
        self.image = image
        self.bootIdentifier = bootIdentifier
        self.uptime = uptime
        self.memoryAvailable = memoryAvailable
        self.goingDown = goingDown
        self.isTethered = isTethered
    }
}

public struct HeartbeatResponse: Codable, Sendable, Hashable {
    /// Seconds until the next.
    public var interval: Int

    public init(interval: Int) { self.interval = interval }
}
