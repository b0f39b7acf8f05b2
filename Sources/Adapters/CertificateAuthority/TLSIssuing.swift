import Crypto
import FoundationEssentials
import MusterBase
import SwiftASN1
import X509

/// A certificate that was just issued.
public struct IssuedCertificate: Sendable, Hashable {
    /// The certificate, then the authority's, in PEM.
    public let chainPEM: String
    public let notBefore: Timestamp
    public let notAfter: Timestamp
}

extension SiteAuthority {
    /// Certifies a member's public key for TLS servers under the given names.
    ///
    /// It is valid from an hour ago, for clocks that differ. Throws `invalidInput` for no names, a bad name, a key that
    /// is not read, or a lifetime that is not of 1 minute to 398 days.
    public func issueServerCertificate(
        publicKeyPEM: String,
        names: [SubjectName],
        lifetime: Duration = defaultLifetime
    ) throws -> IssuedCertificate {
        guard let key = try? Certificate.PublicKey(pemEncoded: publicKeyPEM) else {
            throw MusterError(.invalidInput, "the public key for a server certificate is not PEM of a known kind")
        }
        guard !names.isEmpty else { throw MusterError(.invalidInput, "a server certificate needs a name") }
        let validity = try Validity(from: clock.now(), lifetime: lifetime)
        var alternatives: [GeneralName] = []
        for name in names { alternatives.append(try name.generalName()) }
        let leaf = try TLSIssuing.leaf(key, alternatives, validity, signedBy: self)
        return IssuedCertificate(
            chainPEM: try leaf.serializeAsPEM().pemString + "\n" + certificatePEM,
            notBefore: validity.notBefore,
            notAfter: validity.notAfter
        )
    }
}

/// How long certificates live unless told otherwise: long enough for a member that is away for a month, as renewal
/// begins when a third is left.
public let defaultLifetime = Duration.seconds(90 * 86_400)

/// Whether a certificate should be renewed: less than a third of its life is left, or it is not valid yet.
public func isRenewalDue(notBefore: Timestamp, notAfter: Timestamp, at now: Timestamp) -> Bool {
    now < notBefore || (notAfter.seconds - now.seconds) * 3 < notAfter.seconds - notBefore.seconds
}

/// From when until when, in whole seconds.
struct Validity {
    /// By how much clocks may differ.
    static let clockSkew = Duration.seconds(3600)

    let notBefore: Timestamp
    let notAfter: Timestamp

    init(from now: Timestamp, lifetime: Duration) throws(MusterError) {
        guard lifetime >= .seconds(60), lifetime <= .seconds(398 * 86_400) else {
            throw MusterError(.invalidInput, "a certificate lives 1 minute to 398 days, not \(lifetime)")
        }
        let start = Timestamp(seconds: now.seconds)
        notBefore = start + (.zero - Validity.clockSkew)
        notAfter = start + lifetime
    }
}

enum TLSIssuing {
    /// Ten years: the certificate lies in the initramfs of every node, and only `muster init` writes it anew.
    private static let authorityLifetime: Int64 = 3653 * 86_400

    static func selfSigned(siteName: String, key: P256.Signing.PrivateKey, now: Timestamp) throws -> Certificate {
        let name = try DistinguishedName {
            CommonName("Muster site \(siteName)")
        }
        let publicKey = Certificate.PublicKey(key.publicKey)
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: date(now + (.zero - Validity.clockSkew)),
            notValidAfter: date(Timestamp(seconds: now.seconds + authorityLifetime)),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
    }

    static func leaf(
        _ key: Certificate.PublicKey,
        _ names: [GeneralName],
        _ validity: Validity,
        signedBy authority: SiteAuthority
    ) throws -> Certificate {
        // Names stand in the alternative names alone: a common name has room for 64 characters only.
        let subject = try DistinguishedName { OrganizationName("Muster site \(authority.siteName)") }
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key,
            notValidBefore: date(validity.notBefore),
            notValidAfter: date(validity.notAfter),
            issuer: authority.certificate.subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectAlternativeNames(names)
                SubjectKeyIdentifier(hash: key)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: authority.certificate.publicKey).keyIdentifier
                )
            },
            issuerPrivateKey: Certificate.PrivateKey(authority.tlsKey.reveal())
        )
    }

    private static func date(_ time: Timestamp) -> Date { Date(timeIntervalSince1970: Double(time.seconds)) }
}
