import Inventory
import MusterBase
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("definitions of attributes")
struct RegistryTests {
    let registry = AttributeRegistry.standard

    @Test("each example is a value that is allowed, or an expression")
    func examples() throws {
        for definition in registry.definitions {
            #expect(!definition.summary.isEmpty)
            if Expression.isExpression(definition.example) {
                #expect(throws: Never.self) { try Expression(definition.example) }
            } else {
                #expect(definition.type.normalize(definition.example) != nil, "\(definition.name)")
            }
            if let value = definition.defaultValue { #expect(definition.type.normalize(value) == value) }
        }
    }

    @Test("names are unique")
    func uniqueNames() {
        #expect(Set(registry.definitions.map(\.name)).count == registry.definitions.count)
    }

    @Test(
        "an open component takes any word",
        arguments: [
            ("net.ib0.hwaddr", "net.<name>.hwaddr"), ("net.br-lan.mtu", "net.<name>.mtu"), ("net.hwaddr", "net.hwaddr"),
            ("custom.a", "custom.<name>"), ("custom.a.b", "custom.<name>"),
        ])
    func patterns(name: String, definition: String) throws {
        #expect(try registry.attribute(name).definition.name == definition)
        #expect(try registry.attribute(name) === registry.attribute(name))
    }

    @Test(
        "an unknown name is an error that names the closest ones",
        arguments: [
            ("net.hwadr", "net.hwaddr"), ("net.ipv4_adress", "net.ipv4_address"), ("group", "groups"),
            ("net.ib0.ipv4adress", "net.ib0.ipv4_address"), ("di.uuid", "id.uuid"), ("dns.server", "dns.servers"),
        ])
    func closest(name: String, suggestion: String) {
        let error = #expect(throws: MusterError.self) { try registry.attribute(name) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("did you mean \(suggestion)") == true, "\(error?.message ?? "")")
    }

    @Test("one name that is near is not given with others that are far off")
    func nearest() {
        let error = #expect(throws: MusterError.self) { try registry.attribute("net.ipv4_adress") }
        #expect(error?.message.hasSuffix("; did you mean net.ipv4_address?") == true, "\(error?.message ?? "")")
    }

    @Test(
        "a name like nothing known gets no guess",
        arguments: ["colour", "", "net.", "custom.", "net..hwaddr", "custom.a..b"])
    func noGuess(name: String) {
        #expect(throws: MusterError.self) { try registry.attribute(name) }
        #expect(registry.find(name) == nil)
    }

    @Test(
        "a name whose own words are not allowed is told what they are of, and not to use the same name",
        arguments: ["custom.a b", "custom.x.ä", "net.e th.mtu", "custom.a-"])
    func ownWords(name: String) {
        let error = #expect(throws: MusterError.self) { try registry.attribute(name) }
        #expect(error?.message.contains("did you mean") == false, "\(error?.message ?? "")")
        #expect(error?.message.contains("is of letters, digits, '-' and '_'") == true, "\(error?.message ?? "")")
    }

    @Test("the reference in docs is up to date")
    func reference() throws {
        let page = registry.referencePage()
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/reference/attributes.md")
        let present = try? String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try page.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("docs/reference/attributes.md was written anew")
        }
        #expect(present == page, "UPDATE_GOLDEN=1 writes docs/reference/attributes.md anew")
    }
}
