import LinuxSystem
import Metrics
import MusterAPI
import MusterBase
import MusterDaemon
import Telemetry
import Testing

@Suite("what muster check is told")
struct CheckResultTests {
    private let time = Timestamp(seconds: 1_772_366_400)
    private let settings: Settings = {
        var settings = Settings()
        settings.networks = [.init(interface: "eth1", mode: .own), .init(interface: "eth2", mode: .proxy)]
        return settings
    }()

    private func listener(
        _ service: String, _ place: String, _ state: ListenerStatus.State, _ reason: String? = nil,
        _ advice: String? = nil
    ) -> ListenerStatus {
        ListenerStatus(service: service, place: place, state: state, reason: reason, advice: advice, since: time)
    }

    private func results(_ listeners: [ListenerStatus], _ settings: Settings? = nil) -> [CheckResult] {
        let eth1 = NetworkInterface(
            name: "eth1", index: 2, mac: nil,
            addresses: [IPv4Network(IPv4Address(10, 1, 0, 1), prefixLength: 16)].compactMap(\.self), isUp: true,
            isRunning: true, isLoopback: false)
        return ListenerResults(
            settings: settings ?? self.settings, settingsFile: "/etc/muster/muster.yaml", interfaces: [eth1]
        ).results(listeners)
    }

    @Test("a node that was given an address of this very server is told")
    func ownAddress() {
        func interface(_ name: String, _ address: IPv4Address, isLoopback: Bool = false) -> NetworkInterface {
            NetworkInterface(
                name: name, index: 2, mac: nil,
                addresses: [IPv4Network(address, prefixLength: 16)].compactMap(\.self), isUp: true, isRunning: true,
                isLoopback: isLoopback)
        }
        let nodes = [IPv4Address(10, 1, 0, 1): "n1", IPv4Address(127, 0, 0, 1): "odd"]
        let found = AddressResults.results([
            interface("eth1", IPv4Address(10, 1, 0, 1)), interface("eth2", IPv4Address(10, 2, 0, 1)),
            interface("lo", IPv4Address(127, 0, 0, 1), isLoopback: true),
        ]) { nodes[$0] }
        #expect(found.map(\.subject) == ["node n1"])
        #expect(found.first?.verdict == .warning)
        #expect(found.first?.message == "has the address 10.1.0.1, which is this server's own on eth1")
    }

    @Test("each listener that does not work is named with what to do; those that work are one line")
    func troubles() {
        let found = results([
            listener("dhcp", "eth1", .listening),
            listener("dhcp", "eth2", .waiting, "there is no such interface", "set it up"),
            listener("tftp", "0.0.0.0:69", .cannotBind, "port 69 is in use", "ss -lnp"),
            listener("tftp", "[::]:69", .listening), listener("http", "[::]:80", .unsupported, "no IPv6"),
            listener("http", "0.0.0.0:80", .listening),
        ])
        #expect(
            found.map(\.subject) == [
                "network eth1", "network eth2", "tftp 0.0.0.0:69", "http [::]:80", "listeners",
            ])
        #expect(found.map(\.verdict) == [.good, .bad, .bad, .good, .good])
        #expect(found[0].message == "served at 10.1.0.1/16, mode own")
        #expect(found[1].message == "there is no such interface, since 2026-03-01T12:00:00Z")
        #expect(found[2].message == "cannot listen: port 69 is in use, since 2026-03-01T12:00:00Z")
        #expect(found.map(\.advice) == [nil, "set it up", "ss -lnp", nil, nil])
        #expect(found[3].message == "not served: no IPv6")
        #expect(found[4].message == "open: tftp [::]:69, http 0.0.0.0:80")
    }

    @Test("a network whose DHCP port is taken is not called served, whatever its addresses are")
    func takenNetwork() {
        let found = results([listener("dhcp", "eth1", .cannotBind, "port 67 is in use", "ss -lnp")])
        #expect(found.first?.verdict == .bad)
        #expect(found.first?.message.hasPrefix("cannot listen: port 67 is in use") == true)
    }

    @Test("without a network that is all there is to say")
    func noNetwork() {
        let found = results([listener("control", "/run/muster/muster.sock", .listening)], Settings())
        #expect(found.map(\.subject) == ["networks"])
        #expect(found.first?.verdict == .warning)
    }

    @Test("a counter that means trouble is one warning with its number and place; others and zeros are none")
    func counters() {
        let registry = MetricsRegistry()
        func count(_ name: String, _ labels: [(String, String)], _ amount: Int) {
            Counter(label: name, dimensions: labels, factory: registry).increment(by: amount)
        }
        #expect(CounterResults.results(registry.samples).isEmpty)
        count("muster_dhcp_dropped_total", [("interface", "eth1"), ("reason", "malformed")], 3)
        count("muster_dhcp_dropped_total", [("interface", "eth2"), ("reason", "malformed")], 0)
        count("muster_dhcp_dropped_total", [("interface", "eth1"), ("reason", "unknown_machine")], 9)
        count("muster_tftp_dropped_total", [], 5)
        count("muster_tftp_requests_total", [], 500)
        count("muster_web_malformed_total", [("server", "https")], 1)
        count("muster_web_refused_total", [("server", "http")], 2)
        count("muster_web_evicted_total", [("server", "http")], 4)
        let found = CounterResults.results(registry.samples)
        #expect(found.map(\.subject) == ["dhcp eth1", "tftp", "web https", "web http", "web http"])
        #expect(found.suffix(2).allSatisfy { $0.advice?.contains("connections_per_address") == true })
        #expect(found.allSatisfy { $0.verdict == .warning })
        #expect(found.first?.message == "packets that could not be read: 3 since musterd was started")
        #expect(found.dropFirst().first?.message.contains("above the limit of transfers: 5 since") == true)
    }

    @Test("a report of a service that knows nothing of listeners is read")
    func olderService() throws {
        let old = Array(#"{"results":[{"subject":"a","verdict":"good","message":"m"}]}"#.utf8)
        let report = try MusterJSON.decode(CheckReport.self, from: old, of: "the report")
        #expect(report.listeners.isEmpty && report.results.count == 1)
        let sent = CheckReport(results: [], listeners: [listener("tftp", "[::]:69", .cannotBind, "r", "a")])
        let bytes = try MusterJSON.encode(sent)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""state":"cannot_bind""#))
        #expect(try MusterJSON.decode(CheckReport.self, from: bytes, of: "the report") == sent)
    }
}
