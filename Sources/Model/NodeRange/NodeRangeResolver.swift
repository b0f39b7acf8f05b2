import MusterBase

/// The names and attributes that exist, as a noderange needs them.
public protocol NodeRangeResolver {
    /// Whether there is a node of that name.
    func exists(node name: String) -> Bool

    /// The members of a group; nil when there is no such group.
    func members(ofGroup name: String) -> NodeSet?

    /// All nodes.
    var allNodes: NodeSet { get }

    /// What reads one attribute of a node: no value when it is unset, several when it is a list.
    ///
    /// - Throws: ``MusterError`` when there is no such attribute.
    func reader(ofAttribute name: String) throws(MusterError) -> (_ node: String) -> [String]
}
