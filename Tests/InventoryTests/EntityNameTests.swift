import Inventory
import MusterBase
import Testing

@Suite("names of nodes and groups")
struct EntityNameTests {
    @Test(
        "labels of RFC 1123 are names of nodes",
        arguments: ["n1", "r1u1", "compute-gpu", "1", "n1.cluster.example", "a-1"])
    func nodes(name: String) { #expect(throws: Never.self) { try EntityName.checkNode(name) } }

    @Test(
        "anything else is not",
        arguments: [
            "", "-a", "a-", "a..b", ".a", "a.", "a_b", "N1", "ä", "a b", "a/b", "10.0.0.1", "everything",
            String(repeating: "a", count: 65),
        ])
    func notNodes(name: String) {
        let error = #expect(throws: MusterError.self) { try EntityName.checkNode(name) }
        #expect(error?.code == .invalidInput)
    }

    @Test("groups may have upper case and underscores within", arguments: ["Rack_1", "compute", "a.b", "7"])
    func groups(name: String) { #expect(throws: Never.self) { try EntityName.checkGroup(name) } }

    @Test("but not at the ends, nor other characters", arguments: ["", "_a", "a-", "a,b", "a b", "ä", "a/b"])
    func notGroups(name: String) { #expect(throws: MusterError.self) { try EntityName.checkGroup(name) } }
}
