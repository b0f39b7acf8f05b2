import MusterBase

/// Asks what a noderange stands for.
public struct ExpandRequest: Codable, Sendable, Hashable {
    public var range: String
    /// True: answer with the set printed short instead of with each name.
    public var shorten: Bool

    public init(range: String, shorten: Bool) {
        self.range = range
        self.shorten = shorten
    }
}

/// The set that a noderange stands for.
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

/// Nodes in natural order, each with what a list shows of it.
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
