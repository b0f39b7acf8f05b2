import Metrics
import Synchronization

/// Keeps what the program counts and measures, for ``prometheusText()``.
///
/// Making a metric costs a look-up under a lock, and asking for the same name and labels again gives the same one: what
/// was counted before an interface went away is still there when it comes back. Using a metric takes no lock.
public final class MetricsRegistry: MetricsFactory {
    /// One metric as it stands.
    public struct Sample: Sendable, Hashable {
        public let name: String
        /// By label name.
        public let labels: [String: String]
        public let value: Double

        public init(name: String, labels: [String: String], value: Double) {
            self.name = name
            self.labels = labels
            self.value = value
        }
    }

    /// What a name stands for; all metrics of one name are of one kind.
    public enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
        case summary
    }

    enum Cell: Sendable {
        case counter(CounterCell)
        case number(NumberCell)
        case histogram(HistogramCell)
        case summary(SummaryCell)
        /// Found out each time that it is asked for.
        case read(@Sendable () -> Double)
    }

    struct Family: Sendable {
        let kind: Kind
        var cells: [(metric: MetricName, cell: Cell)] = []
        var positions: [MetricName: Int] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// A metric whose value is kept elsewhere. `read` is called for each scrape and must not wait.
    public func publish(
        _ name: String, _ kind: Kind, dimensions: [(String, String)] = [], read: @escaping @Sendable () -> Double
    ) {
        _ = cell(name, dimensions, kind) { .read(read) }
    }

    /// All counters and gauges as they are now.
    public var samples: [Sample] {
        snapshot().flatMap { _, family in
            family.cells.compactMap { metric, cell in
                let value: Double
                switch cell {
                case .counter(let counter): value = Double(counter.value)
                case .number(let number): value = number.value
                case .read(let read): value = read()
                case .histogram, .summary: return nil
                }
                let labels = Dictionary(uniqueKeysWithValues: metric.labels.map { ($0.name, $0.value) })
                return Sample(name: metric.name, labels: labels, value: value)
            }
        }
    }

    /// The names that there are with their kind and the names of their labels, sorted by name.
    public var names: [(name: String, kind: Kind, labels: [String])] {
        snapshot().map { name, family in
            (name, family.kind, Set(family.cells.flatMap { $0.metric.labels.map(\.name) }).sorted())
        }
    }

    /// Sorted by name.
    func snapshot() -> [(name: String, family: Family)] {
        families.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Nil when the name stands for another kind already: the format allows one kind a name.
    private func cell(
        _ name: String, _ dimensions: [(String, String)], _ kind: Kind, _ make: () -> Cell
    ) -> Cell? {
        let metric = MetricName(name, dimensions)
        return families.withLock { families in
            var family = families[metric.name] ?? Family(kind: kind)
            guard family.kind == kind else { return nil }
            if let position = family.positions[metric] { return family.cells[position].cell }
            let cell = make()
            family.positions[metric] = family.cells.count
            family.cells.append((metric, cell))
            families[metric.name] = family
            return cell
        }
    }
}

/// Whoever makes a metric of a name that stands for another kind gets one that counts and is shown nowhere.
extension MetricsRegistry {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        if case .counter(let found) = cell(label, dimensions, .counter, { .counter(CounterCell()) }) { return found }
        return CounterCell()
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        number(label, dimensions, .counter, onlyGrows: true)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        number(label, dimensions, .gauge, onlyGrows: false)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return number(label, dimensions, .gauge, onlyGrows: false) }
        if case .summary(let found) = cell(label, dimensions, .summary, { .summary(SummaryCell()) }) { return found }
        return SummaryCell()
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        if case .histogram(let found) = cell(label, dimensions, .histogram, { .histogram(HistogramCell()) }) {
            return found
        }
        return HistogramCell()
    }

    private func number(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind, onlyGrows: Bool
    ) -> NumberCell {
        let found = cell(label, dimensions, kind) { .number(NumberCell(onlyGrows: onlyGrows)) }
        if case .number(let number) = found { return number }
        return NumberCell(onlyGrows: onlyGrows)
    }

    // What was counted stays to be read.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
