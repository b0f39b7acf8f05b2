import DeploymentModel

/// How long disks are waited for. Controllers look for theirs in the background, some of them for half a minute, and the
/// disk that answers first is not always the one that is meant.
package struct DiskPatience {
    /// Without a change for so long, no more disks are waited for; without any disk for so much longer.
    private static let (quiet, longest) = (Duration.seconds(6), Duration.seconds(40))

    private let rule: DiskRule
    private var names: [String] = []
    private var changedAt = Duration.zero

    package init(rule: DiskRule) { self.rule = rule }

    /// Whether the disks that are seen now are all.
    ///
    /// - Parameter time: since the search began.
    package mutating func isOver(_ disks: [DiskFacts], at time: Duration) -> Bool {
        let seen = disks.map(\.name).sorted()
        if seen != names { (names, changedAt) = (seen, time) }
        // The one that is asked for by name need not wait for others.
        if rule.isPrecise, disks.contains(where: { rule.isFulfilled(by: $0) }) { return true }
        return time - changedAt >= (names.isEmpty ? Self.longest : Self.quiet)
    }
}
