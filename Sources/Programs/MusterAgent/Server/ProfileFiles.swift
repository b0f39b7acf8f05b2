import Crypto
import LinuxSystem
import MusterAPI
import MusterBase

/// Files of the profile on the members' HTTPS ports, taken when they are those that were meant.
struct ProfileFiles: Sendable {
    let pool: MemberPool
    let reporter: EventReporter
    /// The step for which they are fetched.
    let step: String

    /// Waits for as long as no member answers.
    func content(of file: StageScript) async throws -> [UInt8] {
        try await pool.waiting(reporter, step) { try await ProfileFiles.content(of: file, from: $0) }
    }

    private static func content(of file: StageScript, from member: any MemberServer) async throws -> [UInt8] {
        let bytes = try await member.file(file.path)
        let found = ContentDigest(octets: SHA256.hash(data: bytes))
        guard found == file.digest else {
            throw MusterError(
                .verificationFailed,
                "\(file.path) of \(member.name) is not the one meant: it has \(found?.description ?? "no digest"), "
                    + "wanted \(file.digest)",
                advice: "whether the profile was changed just now: boot the node again")
        }
        return bytes
    }
}
