import MusterBase

/// Which part of Muster saw something happen.
public enum TraceSource: String, Codable, Sendable {
    case operatorCommand = "operator"
    case dhcp
    case tftp
    case http
    case server
    case agent
}

/// What became of a step.
public enum TraceStatus: String, Codable, Sendable {
    /// It began; a later event with the same step ends it.
    case started
    /// It goes on; `progress` says how far.
    case progress
    case done
    /// It went wrong and is tried again.
    case retrying
    case failed
}

/// One event in the trace of a deployment, from DHCP to ready.
public struct TraceEvent: Codable, Sendable, Hashable {
    /// When it happened, by the clock of whoever saw it.
    public var time: Timestamp
    public var source: TraceSource
    /// What step it belongs to, a stable name such as `network` or `root-image`. See ``Step``.
    public var step: String
    public var status: TraceStatus
    /// One line for people.
    public var message: String
    /// 0 to 100, where it is known.
    public var progress: Int?

    public init(
        time: Timestamp, source: TraceSource, step: String, status: TraceStatus, message: String, progress: Int? = nil
    ) {
        self.time = time
        self.source = source
        self.step = step
        self.status = status
        self.message = message
        self.progress = progress
    }
}

/// The names of the steps of a deployment, in the order in which they usually come.
public enum Step {
    public static let armed = "armed"
    public static let firmware = "firmware"
    public static let loader = "loader"
    public static let kernel = "kernel"
    public static let start = "start"
    public static let drivers = "drivers"
    public static let network = "network"
    public static let server = "server"
    public static let clock = "clock"
    public static let enrol = "enrol"
    public static let configuration = "configuration"
    public static let manifest = "manifest"
    public static let rootImage = "root-image"
    public static let mountRoot = "mount-root"
    public static let identity = "identity"
    public static let certificates = "certificates"
    public static let switchRoot = "switch-root"
    public static let pre = "pre"
    public static let disk = "disk"
    public static let partitions = "partitions"
    public static let copy = "copy"
    public static let bootLoader = "boot-loader"
    /// What a distributor's installer does, in its own words.
    public static let installer = "installer"
    public static let post = "post"
    /// The system lies on the disk; the machine is about to start from it.
    public static let staged = "staged"
    public static let firstboot = "firstboot"
    public static let onboot = "onboot"
    /// On a disk with two roots: whether the new one became healthy, or the machine returned to the other.
    public static let trial = "trial"
    public static let deployed = "deployed"
    /// No step of a deployment: what the trace says of itself.
    public static let trace = "trace"

    /// The steps in which a system is written to a disk.
    static let ofInstalling: Set = [pre, disk, partitions, copy, bootLoader, installer, post]
}
