import LinuxSystem
import Media
import MusterBase
import OSFamilies

/// Checks OpenPGP signatures by gpgv, against keyrings for the medium's distribution alone: a key that signs packages of
/// somebody else says nothing about a medium.
struct SignatureCheck: Sendable {
    let tools: any ToolRunner
    /// Binary keyrings (`*.gpg`, `*.pgp`) that are there.
    let keyrings: [String]
    private let hasProgram: Bool

    /// - Parameter directory: of the site's own keyrings, each called as the distribution.
    init(
        tools: any ToolRunner, distribution: String, directory: String, hasProgram: Bool,
        exists: (String) -> Bool = Files.exists
    ) {
        self.tools = tools
        self.hasProgram = hasProgram
        let system: [String: [String]] = [
            "debian": ["debian-archive-keyring", "debian-role-keys"], "ubuntu": ["ubuntu-archive-keyring"],
        ]
        let names = (system[distribution] ?? []).map { "/usr/share/keyrings/\($0)" } + ["\(directory)/\(distribution)"]
        keyrings = names.flatMap { ["\($0).gpg", "\($0).pgp"] }.filter(exists)
    }

    /// - Parameters:
    ///   - signature: a detached signature's file; nil when `file` holds its own.
    ///   - name: of the signed file, for the error.
    /// - Throws: ``MusterError`` `verificationFailed` for a signature that does not fit.
    func check(_ file: String, signature: String?, name: String) async throws -> MediumVerification.Signature {
        guard !keyrings.isEmpty else { return .init(state: .noKeyring, signer: nil) }
        guard hasProgram else { return .init(state: .noProgram, signer: nil) }
        let arguments =
            ["--status-fd", "1"] + keyrings.flatMap { ["--keyring", $0] } + ["--"]
            + [signature, file].compactMap { $0 }
        let result = try await tools.run(.gpgv, arguments)
        return try Self.read(result.text, name: name)
    }

    /// Reads gpgv's status lines (GnuPG's doc/DETAILS).
    static func read(_ status: String, name: String) throws(MusterError) -> MediumVerification.Signature {
        var answer = MediumVerification.Signature(state: .unknownKey, signer: nil)
        for line in status.split(whereSeparator: \.isNewline) where line.hasPrefix("[GNUPG:] ") {
            let words = line.split(separator: " ", maxSplits: 3).dropFirst()
            let signer = words.dropFirst(2).first.map(String.init)
            switch words.first {
            case "BADSIG":
                throw MusterError(
                    .verificationFailed, "the signature of \(name) does not fit: the medium was changed or is damaged",
                    advice: "get it again, from a source that you trust")
            case "GOODSIG": answer = .init(state: .good, signer: signer)
            case "EXPKEYSIG" where answer.state != .good, "REVKEYSIG" where answer.state != .good,
                "EXPSIG" where answer.state != .good:
                answer = .init(state: .expiredKey, signer: signer)
            case "NO_PUBKEY" where answer.state != .good:
                answer = .init(state: .unknownKey, signer: words.dropFirst().first.map(String.init))
            default: break
            }
        }
        return answer
    }
}
