/// The files shadow(5) and gshadow(5).
package enum AccountFile {
    /// Takes every password out: where the second field is a hash, or empty (no password asked for at all), stands `!*`
    /// instead, which no password ever matches. Locks (`*`, `!`, `!*`) stay as they are, so that services' accounts
    /// look as the distribution made them.
    package static func withoutPasswords(_ bytes: [UInt8]) -> [UInt8] {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        return lines.flatMap { line -> [UInt8] in
            var fields = line.split(
                separator: UInt8(ascii: ":"), omittingEmptySubsequences: false
            ).map { Array($0) }
            if fields.count > 1, !isLock(fields[1]) { fields[1] = Array("!*".utf8) }
            return Array(fields.joined(separator: [UInt8(ascii: ":")])) + [UInt8(ascii: "\n")]
        }
    }

    private static func isLock(_ password: [UInt8]) -> Bool {
        !password.isEmpty && password.allSatisfy { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "!") }
    }
}
