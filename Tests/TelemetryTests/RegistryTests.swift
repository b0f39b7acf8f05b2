import Metrics
import Telemetry
import Testing

@Suite("metrics registry")
struct RegistryTests {
    @Test("counters are shown by name, with their labels in the order in which they were given")
    func counters() {
        let registry = MetricsRegistry()
        Counter(label: "b_total", dimensions: [("z", "1"), ("a", "2")], factory: registry).increment(by: 41)
        Counter(label: "b_total", dimensions: [("z", "1"), ("a", "2")], factory: registry).increment()
        Counter(label: "b_total", dimensions: [("z", "2"), ("a", "2")], factory: registry).increment(by: 7)
        Counter(label: "a_total", factory: registry).increment(by: 0)
        #expect(
            registry.prometheusText() == """
                # TYPE a_total counter
                a_total 0
                # TYPE b_total counter
                b_total{z="1",a="2"} 42
                b_total{z="2",a="2"} 7

                """)
    }

    @Test("a counter that is made anew, as for an interface that comes back, goes on from where it was")
    func sameMetric() {
        let registry = MetricsRegistry()
        let first = Counter(label: "n_total", dimensions: [("interface", "eth1")], factory: registry)
        first.increment(by: 5)
        first.destroy()
        Counter(label: "n_total", dimensions: [("interface", "eth1")], factory: registry).increment()
        #expect(registry.samples == [.init(name: "n_total", labels: ["interface": "eth1"], value: 6)])
    }

    @Test("counts of many threads at once are all there")
    func concurrent() async {
        let registry = MetricsRegistry()
        let meter = Meter(label: "gauge", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "n_total", factory: registry)
                    for _ in 0..<10_000 {
                        counter.increment()
                        meter.increment(by: 0.5)
                    }
                }
            }
        }
        #expect(registry.samples.map(\.value) == [40_000, 80_000])
    }

    @Test("a counter takes nothing back")
    func onlyUp() {
        let registry = MetricsRegistry()
        let whole = Counter(label: "whole_total", factory: registry)
        let parts = FloatingPointCounter(label: "parts_total", factory: registry)
        whole.increment(by: 3)
        whole.increment(by: -2)
        parts.increment(by: 1.5)
        parts.increment(by: -1.0)
        #expect(registry.samples.map(\.value) == [1.5, 3])
    }

    @Test("durations are counted in buckets that each hold the shorter ones too")
    func timers() {
        let registry = MetricsRegistry()
        let timer = Timer(label: "wait_seconds", dimensions: [("le", "x")], factory: registry)
        for milliseconds in [1, 2, 700, 61_000] { timer.recordMilliseconds(milliseconds) }
        let label = #"label_le="x""#
        #expect(
            registry.prometheusText() == """
                # TYPE wait_seconds histogram
                wait_seconds_bucket{\(label),le="0.001"} 1
                wait_seconds_bucket{\(label),le="0.005"} 2
                wait_seconds_bucket{\(label),le="0.01"} 2
                wait_seconds_bucket{\(label),le="0.05"} 2
                wait_seconds_bucket{\(label),le="0.1"} 2
                wait_seconds_bucket{\(label),le="0.5"} 2
                wait_seconds_bucket{\(label),le="1"} 3
                wait_seconds_bucket{\(label),le="5"} 3
                wait_seconds_bucket{\(label),le="10"} 3
                wait_seconds_bucket{\(label),le="60"} 3
                wait_seconds_bucket{\(label),le="+Inf"} 4
                wait_seconds_sum{\(label)} 61.703
                wait_seconds_count{\(label)} 4

                """)
    }

    @Test("gauges and sums of values are shown as numbers that Prometheus reads")
    func numbers() {
        let registry = MetricsRegistry()
        Gauge(label: "a", factory: registry).record(-2.25)
        Meter(label: "b", factory: registry).set(Double.infinity)
        Meter(label: "c", factory: registry).set(Double.nan)
        let sizes = Recorder(label: "d", factory: registry)
        sizes.record(10)
        sizes.record(0.5)
        registry.publish("e_total", .counter) { 12 }
        let lines = registry.prometheusText().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == ["a -2.25", "b +Inf", "c NaN", "d_sum 10.5", "d_count 2", "e_total 12"])
    }

    @Test("a name that stands for one kind does not become another")
    func oneKind() {
        let registry = MetricsRegistry()
        Counter(label: "x", factory: registry).increment()
        let meter = Meter(label: "x", factory: registry)
        meter.set(99)
        #expect(registry.prometheusText() == "# TYPE x counter\nx 1\n")
    }

    @Test(
        "any text becomes lines that can be read",
        arguments: [
            ("9.a-b", "__.x", "q\"uo\\te\nd", #"_9_a_b{label____x="q\"uo\\te\nd"} 1"#),
            ("", "", "", #"_{_=""} 1"#),
            ("ns:é", "le", "é\r\t", "ns:__{label_le=\"é\r\t\"} 1"),
        ])
    func escaping(name: String, label: String, value: String, line: String) {
        let registry = MetricsRegistry()
        Counter(label: name, dimensions: [(label, value), (label, "twice")], factory: registry).increment()
        #expect(registry.prometheusText().split(separator: "\n").last.map(String.init) == line)
    }
}
