import Foundation
import Testing

/// Holds the sources' imports against the layers of docs/architecture.md.
@Suite struct LayerTests {
    private static let order = ["Base", "Wire", "Model", "Adapters", "Services", "Programs"]

    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func sourceImports(_ path: String) throws -> Set<String> {
        var imports: Set<String> = []
        let files = FileManager.default.enumerator(at: root.appending(path: path), includingPropertiesForKeys: nil)
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let position = words.firstIndex(of: "import"), position <= 1, position + 1 < words.count else {
                    continue
                }
                imports.insert(String(words[position + 1].split(separator: ".")[0]))
            }
        }
        return imports
    }

    private func targets() throws -> [String: (layer: String, path: String)] {
        var found: [String: (String, String)] = [:]
        let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        for layer in Self.order {
            let folder = root.appending(path: "Sources/\(layer)")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                #expect(manifest.contains("\"\(name)\""), "Sources/\(layer)/\(name) is no target of Package.swift")
                found[name] = (layer, "Sources/\(layer)/\(name)")
            }
        }
        return found
    }

    @Test("an import points to the same or a lower layer, and services do not import each other")
    func arrowsPointDown() throws {
        let targets = try targets()
        for (name, (layer, path)) in targets {
            let height = try #require(Self.order.firstIndex(of: layer))
            for imported in try sourceImports(path) {
                guard let other = targets[imported], imported != name else { continue }
                let otherHeight = try #require(Self.order.firstIndex(of: other.layer))
                #expect(otherHeight <= height, "\(name) (\(layer)) imports \(imported) (\(other.layer))")
                if layer == "Services" {
                    #expect(other.layer != "Services", "\(name) imports its sibling \(imported)")
                }
            }
        }
    }

    @Test("what several tests share is imported by tests alone, and nothing but tests depends on it")
    func supportIsForTests() throws {
        let sources = try sourceImports("Sources").union(sourceImports("Benchmarks/Sources"))
        #expect(sources.contains("MusterBase"))
        #expect(!sources.contains("TestSupport"))
        let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        let parts = manifest.components(separatedBy: "\n        // Tests\n")
        try #require(parts.count == 2)
        #expect(!parts[0].contains("\"TestSupport\""), "a product or a target of Sources/ depends on TestSupport")
        let kinds = parts[1].matches(of: /\n        (\.?\w+)\(/).map { String($0.1) }
        #expect(Set(kinds) == [".target", "tests"] && kinds.count { $0 == ".target" } == 1)
    }

    @Test("each folder of Tests is a test target, or what they share")
    func testFolders() throws {
        let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
            .filter { !$0.isWhitespace }
        for name in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Tests").path) {
            let isTarget = name.hasSuffix("Tests") && manifest.contains("tests(\"\(name.dropLast(5))\"")
            #expect(isTarget || name == "TestSupport", "Tests/\(name) is no target of Package.swift")
        }
    }

    @Test("what the agent links does not import full Foundation, which would make it 50 MB larger")
    func agentStaysSmall() throws {
        let targets = try targets()
        var reached: Set<String> = []
        var open = ["MusterAgent"]
        while let next = open.popLast() {
            guard reached.insert(next).inserted, let target = targets[next] else { continue }
            for imported in try sourceImports(target.path) where targets[imported] != nil { open.append(imported) }
        }
        #expect(reached.contains("MusterBase"))
        for name in reached {
            let path = try #require(targets[name]).path
            let files = FileManager.default.enumerator(at: root.appending(path: path), includingPropertiesForKeys: nil)
            for case let file as URL in try #require(files) where file.pathExtension == "swift" {
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
                for (number, line) in lines.enumerated() where line.hasSuffix("import Foundation") {
                    let isFallback = number > 0 && lines[number - 1] == "#else"
                    #expect(isFallback, "\(file.lastPathComponent) imports Foundation; use FoundationEssentials")
                }
            }
        }
    }
}
