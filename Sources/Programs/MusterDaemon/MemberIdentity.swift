import CertificateAuthority
import LinuxSystem
import Logging
import MusterBase
import ServiceLifecycle
import WebService

/// This member's TLS certificate: made at start, and made anew before it ends or when the addresses of the served
/// interfaces change.
struct MemberIdentity: Service {
    let tls: TLSIdentity
    private let path: String
    private let settings: Settings
    private let authority: SiteAuthority
    private let logger: Logger
    private let interval = Duration.seconds(30)

    init(path: String, settings: Settings, authority: SiteAuthority, logger: Logger) throws {
        self.path = path
        self.settings = settings
        self.authority = authority
        self.logger = logger
        let (identity, _) = try ServerIdentity.ensure(
            at: path, names: MemberIdentity.names(settings), authority: authority)
        tls = try TLSIdentity(certificates: identity.chainPEM, key: identity.privateKeyPEM)
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: interval)
                renew()
            }
        }
    }

    private func renew() {
        do {
            let (identity, isNew) = try ServerIdentity.ensure(
                at: path, names: MemberIdentity.names(settings), authority: authority)
            guard isNew else { return }
            try tls.reload(certificates: identity.chainPEM, key: identity.privateKeyPEM)
            logger.info("the certificate was made anew", metadata: ["until": "\(identity.notAfter)"])
        } catch {
            logger.error("the certificate could not be made anew", metadata: ["error": "\(error)"])
        }
    }

    /// The addresses of the served interfaces: nodes speak to members by address.
    private static func names(_ settings: Settings) -> [SubjectName] {
        let served = Set(settings.networks.map(\.interface))
        let interfaces = (try? NetworkInterface.all()) ?? []
        let addresses = interfaces.filter { served.contains($0.name) }.flatMap(\.addresses).map(\.address)
        return [.dns("localhost"), .ipv4(IPv4Address(127, 0, 0, 1))] + addresses.map { .ipv4($0) }
    }
}
