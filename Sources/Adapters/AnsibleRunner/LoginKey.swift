import Crypto
import LinuxSystem
import MusterBase
import SSHWire

/// Certifies an SSH key for root on the site's nodes, for some minutes.
///
/// - Parameters:
///   - publicKey: in OpenSSH's one-line form.
///   - keyID: what sshd writes in its log.
/// - Returns: the line of `…-cert.pub`.
public typealias LoginSigner =
    @Sendable (_ publicKey: String, _ keyID: String, _ lifetime: Duration) throws -> String

/// The key of one run. It is made for it, lies in the run's directory, and is good for minutes: the certificate is
/// replaced for as long as the run takes.
struct LoginKey: Sendable {
    static let lifetime = Duration.seconds(600)
    static let renewal = Duration.seconds(240)

    /// Path of the private key.
    let path: String
    private let publicLine: String
    private let keyID: String
    private let sign: LoginSigner

    /// Makes a key and writes it, with its first certificate.
    init(in directory: String, keyID: String, sign: @escaping LoginSigner) throws {
        let pair = Curve25519.Signing.PrivateKey()
        let key = try SSHPrivateKey(
            seed: Secret(Array(pair.rawRepresentation)), publicKey: Array(pair.publicKey.rawRepresentation),
            comment: "muster")
        path = directory + "/key"
        publicLine = key.publicKey.line(comment: "muster")
        self.keyID = keyID
        self.sign = sign
        try AtomicFile.write(key.file(check: UInt32.random(in: .min ... .max)).reveal(), to: path, mode: 0o600)
        try certify()
    }

    private func certify() throws {
        try AtomicFile.write(try sign(publicLine, keyID, Self.lifetime) + "\n", to: path + "-cert.pub", mode: 0o600)
    }

    /// Renews the certificate until cancelled.
    func keepFresh() async throws {
        while true {
            try await Task.sleep(for: Self.renewal)
            try certify()
        }
    }
}
