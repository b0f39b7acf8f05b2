import Histogram
import MusterBase

/// What is reported of a run: one JSON document, a table or a page.
public struct SimulationReport: Codable, Sendable, Hashable {
    /// Times of one step, in milliseconds.
    public struct Step: Codable, Sendable, Hashable {
        public var step: String
        public var count: Int
        public var p50: Double
        public var p90: Double
        public var p99: Double
        public var max: Double
        /// From the fastest to the slowest of all.
        public var percentiles: [Percentile]

        package init(
            step: String, count: Int, p50: Double, p90: Double, p99: Double, max: Double,
            percentiles: [Percentile]
        ) {
            self.step = step
            self.count = count
            self.p50 = p50
            self.p90 = p90
            self.p99 = p99
            self.max = max
            self.percentiles = percentiles
        }
    }

    public struct Percentile: Codable, Sendable, Hashable {
        /// 0 to 100.
        public var percentile: Double
        public var milliseconds: Double

        package init(
            percentile: Double, milliseconds: Double
        ) {
            self.percentile = percentile
            self.milliseconds = milliseconds
        }
    }

    public struct Trouble: Codable, Sendable, Hashable {
        public var kind: String
        public var count: Int
        public var example: String

        package init(
            kind: String, count: Int, example: String
        ) {
            self.kind = kind
            self.count = count
            self.example = example
        }
    }

    /// What the server used while the machines were played.
    public struct Service: Codable, Sendable, Hashable {
        public var cpuSeconds: Double
        /// Peak of resident memory since it started, in octets.
        public var peakMemory: Int64
        /// Machines that the service itself calls deployed at the end.
        public var deployed: Int
        /// Unknown machines in its list of discoveries.
        public var discovered: Int

        public init(cpuSeconds: Double, peakMemory: Int64, deployed: Int, discovered: Int) {
            self.cpuSeconds = cpuSeconds
            self.peakMemory = peakMemory
            self.deployed = deployed
            self.discovered = discovered
        }
    }

    /// How far it had come at a time.
    public struct Sample: Codable, Sendable, Hashable {
        public var seconds: Double
        public var started: Int
        public var deployed: Int
        public var failed: Int
        public var inFlight: Int

        package init(
            seconds: Double, started: Int, deployed: Int, failed: Int, inFlight: Int
        ) {
            self.seconds = seconds
            self.started = started
            self.deployed = deployed
            self.failed = failed
            self.inFlight = inFlight
        }
    }

    public var seed: UInt64
    public var nodes: Int
    public var unknown: Int
    /// Machines that were to arrive.
    public var expected: Int
    public var deployed: Int
    public var failed: Int
    public var heard: Int
    public var vanished: Int
    /// From the first power on until the last machine that was to arrive was deployed or had failed.
    public var seconds: Double
    public var machinesPerSecond: Double
    public var steps: [Step]
    public var troubles: [Trouble]
    public var counters: [String: Int]
    /// Payload of UDP and TCP (without TLS and headers below).
    public var octetsReceived: Int
    public var octetsSent: Int
    /// Processor time of the simulator itself.
    public var simulatorCpuSeconds: Double
    /// Absent when the members are somebody else's.
    public var service: Service?
    public var samples: [Sample]

    package init(
        seed: UInt64, nodes: Int, unknown: Int, expected: Int, deployed: Int, failed: Int, heard: Int,
        vanished: Int, seconds: Double, machinesPerSecond: Double, steps: [Step], troubles: [Trouble],
        counters: [String: Int], octetsReceived: Int, octetsSent: Int, simulatorCpuSeconds: Double,
        service: Service?, samples: [Sample]
    ) {
        self.seed = seed
        self.nodes = nodes
        self.unknown = unknown
        self.expected = expected
        self.deployed = deployed
        self.failed = failed
        self.heard = heard
        self.vanished = vanished
        self.seconds = seconds
        self.machinesPerSecond = machinesPerSecond
        self.steps = steps
        self.troubles = troubles
        self.counters = counters
        self.octetsReceived = octetsReceived
        self.octetsSent = octetsSent
        self.simulatorCpuSeconds = simulatorCpuSeconds
        self.service = service
        self.samples = samples
    }

    /// The most that a service keeps in its list of discoveries.
    private static let discoveriesKept = 4096

    /// Whether every machine arrived that was to.
    public var isComplete: Bool {
        deployed == expected && failed == 0
            && (service.map { $0.deployed == expected && $0.discovered >= min(heard, Self.discoveriesKept) } ?? true)
    }
}

extension SimulationReport {
    /// - Parameter simulatorTime: processor time of this process.
    public init(_ result: FleetResult, simulatorTime: Duration, service: Service?) {
        let (plan, tally) = (result.plan, result.tally)
        seed = plan.seed
        nodes = plan.nodes
        unknown = plan.unknown
        expected = plan.expected
        deployed = tally.count(of: .deployed)
        failed = tally.count(of: .failed)
        heard = tally.count(of: .heard)
        vanished = tally.count(of: .vanished)
        let took = tally.lastArrival ?? result.took
        seconds = took.inSeconds
        machinesPerSecond = took > .zero ? Double(tally.count(of: .deployed)) / took.inSeconds : 0
        steps = SimulatedStep.allCases.map { Step($0, tally.times[$0.index]) }.filter { $0.count > 0 }
        troubles = tally.troubles.map { Trouble(kind: $0, count: $1.count, example: $1.example) }
            .sorted { ($0.count, $1.kind) > ($1.count, $0.kind) }
        counters = Dictionary(
            uniqueKeysWithValues: FleetCounter.allCases.map { ($0.rawValue, tally.count(of: $0)) })
        octetsReceived = tally.octetsReceived
        octetsSent = tally.octetsSent
        simulatorCpuSeconds = simulatorTime.inSeconds
        self.service = service
        samples = result.samples.map {
            Sample(
                seconds: $0.time.inSeconds, started: $0.progress.started, deployed: $0.progress.deployed,
                failed: $0.progress.failed, inFlight: $0.progress.inFlight)
        }
    }
}

extension SimulationReport.Step {
    fileprivate init(_ step: SimulatedStep, _ times: Histogram<UInt32>) {
        func milliseconds(_ percentile: Double) -> Double {
            Double(times.totalCount == 0 ? 0 : times.valueAtPercentile(percentile)) / 1000
        }
        let percentiles = [0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99].filter { percentile in
            // What fewer machines than one are beyond is not known.
            percentile <= 90 || Double(times.totalCount) * (100 - percentile) >= 99.9
        }
        self.init(
            step: step.rawValue, count: Int(times.totalCount), p50: milliseconds(50), p90: milliseconds(90),
            p99: milliseconds(99), max: milliseconds(100),
            percentiles: (percentiles + [100]).map { .init(percentile: $0, milliseconds: milliseconds($0)) })
    }
}

extension Duration {
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1_000_000_000_000_000_000
    }
}
