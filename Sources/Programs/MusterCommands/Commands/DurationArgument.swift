import ArgumentParser

/// A length of time on the command line: `90`, `90s`, `20m`, `2h`.
struct DurationArgument: ExpressibleByArgument, Sendable {
    let duration: Duration

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        let unit = argument.last.flatMap { units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard let number = Int64(digits), number > 0, number <= 1_000_000 else { return nil }
        duration = .seconds(number * (unit ?? 1))
    }
}
