import MusterBase

/// A list such as `loss=1%,die=0.5%` on the command line: names with the share of each, 0 to 1.
enum Shares {
    /// Throws ``MusterError`` `invalidInput` for a name that is not allowed, a share that is none, or one said twice.
    static func parse(_ text: String, of subject: String, names: [String]) throws(MusterError) -> [String: Double] {
        var shares: [String: Double] = [:]
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, names.contains(String(parts[0])), shares[String(parts[0])] == nil,
                let share = share(parts[1])
            else {
                throw MusterError(
                    .invalidInput, "'\(item)' is no share of \(subject)",
                    advice: "wanted, each once at most: " + names.map { "\($0)=1%" }.joined(separator: ","))
            }
            shares[String(parts[0])] = share
        }
        return shares
    }

    /// `1%`, `0.5%` or `0.005`; nil for anything that is no share.
    static func share(_ text: some StringProtocol) -> Double? {
        let isPercentage = text.hasSuffix("%")
        guard let number = Double(isPercentage ? text.dropLast() : text[...]), number.isFinite else { return nil }
        let share = isPercentage ? number / 100 : number
        return (0...1).contains(share) ? share : nil
    }
}

extension FleetPlan {
    /// Reads a share such as `1%`. Throws ``MusterError`` `invalidInput`.
    public static func share(_ text: String) throws(MusterError) -> Double {
        guard let share = Shares.share(text) else {
            throw MusterError(.invalidInput, "'\(text)' is no share", advice: "such as 1% or 0.01")
        }
        return share
    }
}
