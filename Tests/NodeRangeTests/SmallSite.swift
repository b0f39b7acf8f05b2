import MusterBase
import NodeRange

/// A few nodes, groups and attributes to resolve against.
struct SmallSite: NodeRangeResolver {
    var allNodes = NodeSet(
        (1...12).map { "n\($0)" } + ["compute-gpu", "a-1", "a-4", "n1-n3", "r1u1", "r1u2", "r2u1", "r2u2"])
    var groups: [String: NodeSet] = [
        "compute": NodeSet((1...10).map { "n\($0)" }), "rack1": ["r1u1", "r1u2"], "rack2": ["r2u1", "r2u2"],
        "compute-login": ["n1", "n12"], "empty": [],
    ]
    var attributes: [String: [String: [String]]] = [
        "location.rack": ["n1": ["7"], "n2": ["7"], "n3": ["8"]],
        "groups": ["n1": ["compute", "compute-login"], "n2": ["compute"]],
        "info.note": ["n4": ["spare, (broken)"]],
    ]

    func exists(node name: String) -> Bool { allNodes.contains(name) }

    func members(ofGroup name: String) -> NodeSet? { groups[name] }

    func reader(ofAttribute name: String) throws(MusterError) -> (_ node: String) -> [String] {
        guard let values = attributes[name] else {
            throw MusterError(.invalidInput, "there is no attribute '\(name)'")
        }
        return { values[$0] ?? [] }
    }

    /// Names separated by a space, as the site expands the text.
    func names(_ text: String) throws -> String { try NodeRange(text).expand(with: self).joined(separator: " ") }
}

/// Names separated by a space, without an inventory.
func pure(_ text: String) throws -> String { try NodeRange(text).expand().joined(separator: " ") }
