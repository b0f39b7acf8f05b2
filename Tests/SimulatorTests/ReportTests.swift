import MusterAPI
import MusterBase
import Simulator
import Testing

@Suite struct ReportTests {
    private func report() -> SimulationReport {
        SimulationReport(
            seed: 1, nodes: 2, unknown: 0, expected: 2, deployed: 2, failed: 0, heard: 0, vanished: 0, seconds: 1.5,
            machinesPerSecond: 1.333,
            steps: [
                .init(
                    step: "machine", count: 2, p50: 10, p90: 20, p99: 20, max: 20,
                    percentiles: [.init(percentile: 50, milliseconds: 10), .init(percentile: 100, milliseconds: 20)])
            ],
            troubles: [.init(kind: "enrol: HTTP 409", count: 1, example: "sim1: <script>alert(1)</script> & more")],
            counters: ["tls_sessions": 4], octetsReceived: 100, octetsSent: 50, simulatorCpuSeconds: 0.1,
            service: .init(cpuSeconds: 0.2, peakMemory: 64 << 20, deployed: 2, discovered: 0),
            samples: [
                .init(seconds: 0, started: 0, deployed: 0, failed: 0, inFlight: 0),
                .init(seconds: 1.5, started: 2, deployed: 2, failed: 0, inFlight: 0),
            ])
    }

    @Test("the page needs nothing from elsewhere, and shows what machines said as text")
    func page() {
        let text = ReportPage(report(), command: "muster simulate --nodes 2", at: Timestamp(seconds: 0)).text
        #expect(text.contains("<svg") && text.contains("2 of 2") && text.contains("All machines arrived"))
        #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; more"))
        for word in ["<script", "<link", "<img", "src=", "href=", "url(", "@import", "http://", "https://"] {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(!text.lowercased().contains("nan") && !text.contains("inf\""))
    }

    @Test("an empty run makes a page too")
    func emptyPage() {
        var report = report()
        report.steps = []
        report.samples = []
        report.troubles = []
        #expect(ReportPage(report, command: "x", at: Timestamp(seconds: 0)).text.contains("</html>"))
    }

    @Test("a run is complete when all arrived that should, by the service's own word too")
    func complete() {
        #expect(report().isComplete)
        var lost = report()
        lost.service?.deployed = 1
        #expect(!lost.isComplete)
        var failed = report()
        failed.failed = 1
        #expect(!failed.isComplete)
        var unheard = report()
        unheard.heard = 1
        #expect(!unheard.isComplete)
        // A service lists so many and no more.
        var crowd = report()
        crowd.heard = 5000
        crowd.service?.discovered = 4096
        #expect(crowd.isComplete)
        crowd.service?.discovered = 4095
        #expect(!crowd.isComplete)
    }

    @Test("a run takes as long as the machines that are to arrive, and not as unknown ones ask on")
    func time() throws {
        let plan = FleetPlan(nodes: 2, unknown: 1, network: try #require(IPv4Network("10.128.0.0/9")))
        var (tally, other) = (FleetTally(), FleetTally())
        tally.end(.deployed, isKnown: true, at: .seconds(2))
        tally.end(.vanished, isKnown: true, at: .seconds(3))
        other.end(.failed, isKnown: true, at: .seconds(1))
        other.end(.heard, isKnown: false, at: .seconds(10))
        tally.add(other)
        let result = FleetResult(plan: plan, tally: tally, took: .seconds(10), samples: [])
        let report = SimulationReport(result, simulatorTime: .zero, service: nil)
        #expect(report.seconds == 2 && report.machinesPerSecond == 0.5)
        let nobody = FleetResult(plan: plan, tally: FleetTally(), took: .seconds(10), samples: [])
        #expect(SimulationReport(nobody, simulatorTime: .zero, service: nil).seconds == 10)
    }

    @Test("the report is JSON with keys in snake case, and is read back")
    func json() throws {
        let bytes = try MusterJSON.encode(report(), pretty: true)
        let text = String(decoding: bytes, as: UTF8.self)
        for key in ["machines_per_second", "octets_received", "peak_memory", "in_flight", "simulator_cpu_seconds"] {
            #expect(text.contains("\"\(key)\""), "\(key)")
        }
        #expect(try MusterJSON.decode(SimulationReport.self, from: bytes, of: "report") == report())
    }
}
