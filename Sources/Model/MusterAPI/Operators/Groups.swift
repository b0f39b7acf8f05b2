/// Groups in natural order, each with what a list shows of it.
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
