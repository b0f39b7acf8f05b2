import DeploymentModel
import MusterBase

public struct ServiceVersion: Codable, Sendable, Hashable {
    public var version: String
    /// Name of the site.
    public var site: String
    /// Process id of the service.
    public var process: Int
    public var startedAt: Timestamp

    public init(version: String, site: String, process: Int, startedAt: Timestamp) {
        self.version = version
        self.site = site
        self.process = process
        self.startedAt = startedAt
    }
}

public struct ExpandRequest: Codable, Sendable, Hashable {
    public var range: String
    /// True: answer with the set printed short instead of with each name.
    public var shorten: Bool

    public init(range: String, shorten: Bool) {
        self.range = range
        self.shorten = shorten
    }
}

public struct ExpandResponse: Codable, Sendable, Hashable {
    /// How many nodes there are in the set.
    public var count: Int
    /// In natural order; empty when a short form was asked for.
    public var nodes: [String]
    public var short: String?

    public init(count: Int, nodes: [String], short: String?) {
        self.count = count
        self.nodes = nodes
        self.short = short
    }
}

/// Define or change nodes or groups. All of it happens or nothing.
public struct ChangeRequest: Codable, Sendable, Hashable {
    /// A noderange, or names of groups separated by commas.
    public var range: String
    /// As on the command line: `attr=value`, `attr=` clears, `attr+=value` and `attr-=value` for lists.
    public var assignments: [String]

    public init(range: String, assignments: [String]) {
        self.range = range
        self.assignments = assignments
    }
}

/// What a change came to.
public struct ChangeResponse: Codable, Sendable, Hashable {
    /// The names that were defined, changed or removed, in natural order.
    public var names: [String]

    public init(names: [String]) { self.names = names }
}

public struct NodeList: Codable, Sendable, Hashable {
    public struct Node: Codable, Sendable, Hashable {
        public var name: String
        public var groups: [String]
        public var address: IPv4Network?
        public var mac: MACAddress?

        public init(name: String, groups: [String], address: IPv4Network?, mac: MACAddress?) {
            self.name = name
            self.groups = groups
            self.address = address
            self.mac = mac
        }
    }

    public var nodes: [Node]

    public init(nodes: [Node]) { self.nodes = nodes }
}

public struct GroupList: Codable, Sendable, Hashable {
    public struct Group: Codable, Sendable, Hashable {
        public var name: String
        /// How many nodes are in it.
        public var count: Int
        /// The nodes printed short.
        public var nodes: String

        public init(name: String, count: Int, nodes: String) {
            self.name = name
            self.count = count
            self.nodes = nodes
        }
    }

    public var groups: [Group]

    public init(groups: [Group]) { self.groups = groups }
}

/// The attributes of some nodes or groups, with where each value comes from.
public struct AttributeList: Codable, Sendable, Hashable {
    public struct Attribute: Codable, Sendable, Hashable {
        public var name: String
        /// The value in effect; `<secret>` for attributes that are secret; absent when the expression has an error.
        public var value: String?
        /// `node`, `group NAME` or `default`.
        public var origin: String
        /// The text that the value was computed from, when it is an expression.
        public var expression: String?
        /// Why the expression has no value.
        public var error: String?

        public init(name: String, value: String?, origin: String, expression: String?, error: String?) {
            self.name = name
            self.value = value
            self.origin = origin
            self.expression = expression
            self.error = error
        }
    }

    public struct Item: Codable, Sendable, Hashable {
        /// Name of the node or group.
        public var name: String
        public var attributes: [Attribute]

        public init(name: String, attributes: [Attribute]) {
            self.name = name
            self.attributes = attributes
        }
    }

    public var items: [Item]

    public init(items: [Item]) { self.items = items }
}

public struct AttributeDefinitionList: Codable, Sendable, Hashable {
    public struct Definition: Codable, Sendable, Hashable {
        public var name: String
        public var type: String
        public var summary: String
        public var example: String?

        public init(name: String, type: String, summary: String, example: String?) {
            self.name = name
            self.type = type
            self.summary = summary
            self.example = example
        }
    }

    public var definitions: [Definition]

    public init(definitions: [Definition]) { self.definitions = definitions }
}

/// A machine that tried to boot and that nobody has defined.
public struct DiscoveredMachine: Codable, Sendable, Hashable {
    public var mac: MACAddress
    public var uuid: MachineUUID?
    public var serial: String?
    /// What its boot firmware said it is, such as `x86-64 UEFI`.
    public var architecture: String?
    /// DHCP vendor class.
    public var vendorClass: String?
    /// The server's interface it was heard on.
    public var interface: String
    /// The relay it came through.
    public var relay: IPv4Address?
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var count: Int

    public init(
        mac: MACAddress, uuid: MachineUUID?, serial: String?, architecture: String?, vendorClass: String?,
        interface: String, relay: IPv4Address?, firstSeen: Timestamp, lastSeen: Timestamp, count: Int
    ) {
        self.mac = mac
        self.uuid = uuid
        self.serial = serial
        self.architecture = architecture
        self.vendorClass = vendorClass
        self.interface = interface
        self.relay = relay
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.count = count
    }
}

public struct DiscoveryList: Codable, Sendable, Hashable {
    public var machines: [DiscoveredMachine]

    public init(machines: [DiscoveredMachine]) { self.machines = machines }
}

/// Gives a discovered machine's MAC address and UUID to a node, which is defined when it is not there yet.
public struct DiscoveryAssignment: Codable, Sendable, Hashable {
    /// MAC address or UUID of the machine.
    public var machine: String
    public var node: String
    /// Further attributes, as in ``ChangeRequest``.
    public var assignments: [String]

    public init(machine: String, node: String, assignments: [String]) {
        self.machine = machine
        self.node = node
        self.assignments = assignments
    }
}

public struct ProfileDescription: Codable, Sendable, Hashable {
    public var name: String
    public var label: String?
    public var family: String?
    public var architecture: String?
    public var method: DeploymentMethod?
    /// The version that nodes get now, such as `debian-12@7`.
    public var image: String?
    public var kernelArguments: String
    /// Scripts by stage, in the order in which they run.
    public var scripts: [String: [String]]
    /// What is wrong with it; empty when nothing is.
    public var problems: [String]

    public init(
        name: String, label: String?, family: String?, architecture: String?, method: DeploymentMethod?,
        image: String?, kernelArguments: String, scripts: [String: [String]], problems: [String]
    ) {
        self.name = name
        self.label = label
        self.family = family
        self.architecture = architecture
        self.method = method
        self.image = image
        self.kernelArguments = kernelArguments
        self.scripts = scripts
        self.problems = problems
    }
}

public struct ProfileList: Codable, Sendable, Hashable {
    public var profiles: [ProfileDescription]

    public init(profiles: [ProfileDescription]) { self.profiles = profiles }
}

public struct DeployRequest: Codable, Sendable, Hashable {
    public var range: String
    public var profile: String
    /// Only arm: do not touch power or the boot device.
    public var prepare: Bool
    /// Also nodes whose deployment is running now: it is given up, and its key with it.
    public var force: Bool
    /// True: change nothing, only say what would be done.
    public var dryRun: Bool

    public init(range: String, profile: String, prepare: Bool, force: Bool, dryRun: Bool) {
        self.range = range
        self.profile = profile
        self.prepare = prepare
        self.force = force
        self.dryRun = dryRun
    }
}

public struct DeployResponse: Codable, Sendable, Hashable {
    public struct Refusal: Codable, Sendable, Hashable {
        public var node: String
        public var reason: String

        public init(node: String, reason: String) {
            self.node = node
            self.reason = reason
        }
    }

    /// The nodes that are armed (or cleared) now, in natural order.
    public var nodes: [String]
    /// The nodes that were left alone, and why.
    public var refused: [Refusal]
    /// What the profile gives them, such as `debian-12@7`.
    public var image: String?
    /// The store's revision after it: a status poll that starts here misses nothing.
    public var revision: Int64

    public init(nodes: [String], refused: [Refusal], image: String?, revision: Int64) {
        self.nodes = nodes
        self.refused = refused
        self.image = image
        self.revision = revision
    }
}

public struct StatusList: Codable, Sendable, Hashable {
    public struct Status: Codable, Sendable, Hashable {
        public var node: String
        /// The node's newest deployment; absent for a node that never had one.
        public var deployment: Deployment?
        /// What the node runs as it says itself.
        public var running: ImageReference?
        public var lastHeartbeat: Timestamp?
        /// True while heartbeats come in.
        public var alive: Bool
        /// What is the matter in plain words, when a deployment does not get on.
        public var diagnosis: String?

        public init(
            node: String, deployment: Deployment?, running: ImageReference?, lastHeartbeat: Timestamp?, alive: Bool,
            diagnosis: String?
        ) {
            self.node = node
            self.deployment = deployment
            self.running = running
            self.lastHeartbeat = lastHeartbeat
            self.alive = alive
            self.diagnosis = diagnosis
        }
    }

    public var nodes: [Status]
    public var revision: Int64

    public init(nodes: [Status], revision: Int64) {
        self.nodes = nodes
        self.revision = revision
    }
}

public struct Trace: Codable, Sendable, Hashable {
    public var node: String
    public var deployment: Deployment
    public var events: [TraceEvent]
    /// Identifiers of earlier deployments of this node that still have a trace, newest first.
    public var earlier: [String]

    public init(node: String, deployment: Deployment, events: [TraceEvent], earlier: [String]) {
        self.node = node
        self.deployment = deployment
        self.events = events
        self.earlier = earlier
    }
}

/// One thing that was looked at, and how it stands.
public struct CheckResult: Codable, Sendable, Hashable {
    public enum Verdict: String, Codable, Sendable {
        case good
        case warning
        case bad
    }

    public var subject: String
    public var verdict: Verdict
    public var message: String
    /// How to mend it.
    public var advice: String?

    public init(subject: String, verdict: Verdict, message: String, advice: String?) {
        self.subject = subject
        self.verdict = verdict
        self.message = message
        self.advice = advice
    }
}

public struct CheckReport: Codable, Sendable, Hashable {
    public var results: [CheckResult]
    /// What the service listens on, or would; none when the service was not asked.
    public var listeners: [ListenerStatus]

    public init(results: [CheckResult], listeners: [ListenerStatus] = []) {
        self.results = results
        self.listeners = listeners
    }

    /// A service of an earlier version tells of no listeners.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        results = try values.decode([CheckResult].self, forKey: .results)
        listeners = try values.decodeIfPresent([ListenerStatus].self, forKey: .listeners) ?? []
    }
}
