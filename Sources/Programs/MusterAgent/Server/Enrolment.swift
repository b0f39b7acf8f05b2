import Crypto
import MusterAPI
import MusterBase

/// This machine's key and the deployment that it was granted for.
public struct Enrolment: Sendable {
    public let key: AgentKey
    public let node: String
    public let deployment: String

    public init(key: AgentKey, node: String, deployment: String) {
        self.key = key
        self.node = node
        self.deployment = deployment
    }

    /// The digest under which the server knows a key.
    public static func digest(of key: AgentKey) throws -> ContentDigest {
        guard let digest = ContentDigest(octets: SHA256.hash(data: key.reveal())) else {
            throw MusterError(.internalFailure, "SHA-256 gave no 32 octets")
        }
        return digest
    }

    /// Asks once for the grant of a key.
    ///
    /// - Throws: With advice in plain words where the server says no.
    public static func ask(
        _ pool: MemberPool, key: AgentKey, machine: MachineDescription, profile: String?
    ) async throws -> Enrolment {
        let request = EnrolRequest(
            machine: machine, keyDigest: try digest(of: key), agent: MusterVersion.current, profile: profile)
        do {
            let answer = try await pool.ask { try await $0.enrol(request) }
            return Enrolment(key: key, node: answer.node, deployment: answer.deployment)
        } catch let error as MusterError {
            throw MusterError(
                error.code, error.message, advice: error.advice ?? advice(error, machine), cause: error.cause)
        }
    }

    private static func advice(_ error: MusterError, _ machine: MachineDescription) -> String? {
        let identity = ([machine.uuid.map { "UUID \($0)" }].compactMap { $0 } + machine.macs.map { "MAC \($0)" })
            .joined(separator: ", ")
        switch error.code {
        case .conflict: return "that the node is armed: `muster deploy NODE PROFILE` on the server; this machine waits"
        case .forbidden, .unauthenticated:
            return "that this machine's address comes from this network, and arm it again: `muster deploy NODE PROFILE`"
        case .notFound: return "that the node is defined with what this machine has: \(identity)"
        default: return nil
        }
    }
}
