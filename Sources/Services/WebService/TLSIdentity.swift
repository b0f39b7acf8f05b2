import MusterBase
import NIOSSL
import Synchronization

/// The certificate and key that a server shows. They can be exchanged while it runs: connections that are made from
/// then on see the new ones.
public final class TLSIdentity: Sendable {
    private let current: Mutex<NIOSSLContext>

    var context: NIOSSLContext { current.withLock { $0 } }

    /// - Parameters:
    ///   - certificates: PEM text: the server's certificate, then those between it and the site's authority.
    ///   - key: PEM text.
    /// Throws `invalid_input` when they cannot be read or do not belong together.
    public init(certificates: String, key: Secret<String>) throws {
        current = Mutex(try TLSIdentity.makeContext(certificates, key))
    }

    /// Takes another certificate; the old one stays when this throws.
    public func reload(certificates: String, key: Secret<String>) throws {
        let context = try TLSIdentity.makeContext(certificates, key)
        current.withLock { $0 = context }
    }

    private static func makeContext(_ certificates: String, _ key: Secret<String>) throws -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificates.utf8))
            let privateKey = try NIOSSLPrivateKey(bytes: Array(key.reveal().utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = .seconds(1)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw MusterError(.invalidInput, "cannot use the server's certificate and key", cause: error)
        }
    }
}
