/// One part of the suite. One type a file under Benchmarks/.
protocol Benchmark: Sendable {
    /// What `./bench NAME` calls it.
    static var name: String { get }
    /// One line for the report: what is measured, and how.
    static var summary: String { get }
    /// The rows that it promises: when it throws, each stands in the report as one that could not be measured.
    static var promises: [String] { get }

    init()

    /// Throws when anything that it needs is missing or goes wrong; there is no other value then.
    func run(_ bench: Bench) async throws -> [Row]
}
