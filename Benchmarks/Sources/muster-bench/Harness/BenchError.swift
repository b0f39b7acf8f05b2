/// Why a benchmark could not be run. Its text stands in the report in place of figures.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
