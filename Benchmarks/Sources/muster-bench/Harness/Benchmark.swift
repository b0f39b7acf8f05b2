/// One part of the suite. One type a file under Benchmarks/.
protocol Benchmark: Sendable {
    /// What `./bench NAME` calls it.
    static var name: String { get }
    /// One line for the report: what is measured, and how.
    static var summary: String { get }
    /// The rows that it promises: when it throws, those that it did not hand over until then stand in the report as ones
    /// that could not be measured.
    static var promises: [String] { get }

    init()

    /// Hands each row to ``Bench/add(_:)`` when it has it. Throws when anything that it needs is missing or goes wrong;
    /// there is no other value then.
    func run(_ bench: Bench) async throws
}
