import BootPolicy
import DHCPService
import Foundation
import LinuxSystem
import Logging
import MusterBase
import MusterDaemon
import TFTPService
import Telemetry
import Testing
import WebService

/// Holds docs/reference/metrics.md against what the code registers.
@Suite("metrics reference", .timeLimit(.minutes(1)))
struct MetricsReferenceTests {
    private struct Documented: Equatable {
        var kind: String
        var labels: [String]
    }

    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Rows `| `name` | kind | labels | meaning |`.
    private func documented() throws -> [String: Documented] {
        let text = try String(contentsOf: root.appending(path: "docs/reference/metrics.md"), encoding: .utf8)
        var rows: [String: Documented] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `muster_") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            try #require(cells.count == 6, "\(line)")
            #expect(!cells[4].isEmpty, "\(cells[1]) has no meaning")
            let labels = cells[3].split(separator: ",").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: "` "))
            }
            rows[cells[1].trimmingCharacters(in: CharacterSet(charactersIn: "`"))] = Documented(
                kind: cells[2], labels: labels.sorted())
        }
        return rows
    }

    /// The names that stand in the sources as text.
    private func namesInSources() throws -> Set<String> {
        var names: Set<String> = []
        let files = FileManager.default.enumerator(at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /"(muster_[a-z_]+)"/) { names.insert(String(match.1)) }
        }
        return names
    }

    @Test("every metric in the sources is described, and nothing else is")
    func names() throws {
        let documented = Set(try documented().keys)
        let inSources = try namesInSources()
        #expect(inSources.count > 20)
        #expect(inSources.subtracting(documented).sorted() == [], "not in docs/reference/metrics.md")
        #expect(documented.subtracting(inSources).sorted() == [], "not in the sources")
    }

    @Test("kinds and labels are described as the services register them")
    func registered() async throws {
        let registry = MetricsRegistry()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let directory = try PublicDirectory()
        let files = try PublicFiles(directory.path)
        _ = TFTPServer([], files: try TFTPFiles(directory.path), metrics: registry, logger: quiet)
        _ = PublicServer([], files: files, metrics: registry, logger: quiet)
        _ = ControlServer([], routes: [], metrics: registry, logger: quiet)
        ListenerTable(metrics: registry).expect("tftp", at: "[::]:69")
        try await registerDHCP(registry, quiet)
        let documented = try documented()
        for (name, kind, labels) in registry.names {
            #expect(documented[name] == Documented(kind: kind.rawValue, labels: labels), "\(name)")
        }
        #expect(registry.names.count > 15)
        let looked = CounterResults.metrics
        #expect(looked.isSubset(of: documented.keys), "muster check looks at a metric that is not there")
    }

    /// The service registers an interface's metrics when it begins to serve it.
    private func registerDHCP(_ registry: MetricsRegistry, _ logger: Logger) async throws {
        let network = try #require(IPv4Network(IPv4Address(127, 0, 0, 1), prefixLength: 8))
        let interface = NetworkInterface(
            name: "lo", index: 1, mac: nil, addresses: [network], isUp: true, isRunning: true, isLoopback: true)
        let (changes, sink) = AsyncStream.makeStream(of: ListenerChange.self)
        let service = DHCPService(
            settings: DHCPServiceSettings(interfaces: ["lo": BootSettings()], ports: .init(server: 0, proxy: 0)),
            directory: NoMachines(), leases: LeaseTable(),
            source: InterfaceSource(list: { [interface] }, watch: { _ in {} }), metrics: registry, logger: logger,
            onChange: { sink.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            for await _ in changes { break }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test("the socket answers with all metrics as text of version 0.0.4")
    func route() async throws {
        let registry = MetricsRegistry()
        registry.publish("muster_build_info", .gauge, dimensions: [("version", "1")]) { 1 }
        let route = OperatorRoute.metrics(registry)
        #expect(route.method == "GET" && route.pattern == "/metrics")
        let answer = try await route.handler(OperatorRequest(method: "GET", path: "/metrics"))
        #expect(answer.status == 200)
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        guard case .bytes(let bytes) = answer.body else {
            Issue.record("there is no body")
            return
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "# TYPE muster_build_info gauge\nmuster_build_info{version=\"1\"} 1\n")
    }
}
