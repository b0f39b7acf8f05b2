import MusterBase

/// What opens an encrypted root without the TPM: 240 random bits in eight groups, to be typed at a console.
struct RecoveryKey: Sendable {
    let text: Secret<String>

    /// Without l and o, which are read as 1 and 0: five bits each.
    private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")

    static func random(using generator: inout some RandomNumberGenerator) -> RecoveryKey {
        let groups = (0..<8).map { _ in
            String((0..<6).map { _ in letters[Int.random(in: letters.indices, using: &generator)] })
        }
        return RecoveryKey(text: Secret(groups.joined(separator: "-")))
    }
}
