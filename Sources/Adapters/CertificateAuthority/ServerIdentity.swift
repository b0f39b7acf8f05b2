import Crypto
import FoundationEssentials
import LinuxSystem
import MusterBase
import SwiftASN1
import X509

/// What a member shows as a TLS server: its private key and its certificate, kept in one file of mode 0600, so that the
/// two are always replaced together.
public struct ServerIdentity: Sendable {
    /// In PEM (PKCS#8).
    public let privateKeyPEM: Secret<String>
    /// The certificate, then the authority's, in PEM.
    public let chainPEM: String
    public let names: Set<SubjectName>
    public let notBefore: Timestamp
    public let notAfter: Timestamp

    /// Whether it should be renewed now; ask once a day.
    public func isRenewalDue(at now: Timestamp) -> Bool {
        CertificateAuthority.isRenewalDue(notBefore: notBefore, notAfter: notAfter, at: now)
    }

    /// Reads the identity from `path`, or makes a new one there when there is none, it is of another authority, lacks a
    /// name, cannot be read, or is due for renewal.
    ///
    /// - Returns: the identity, and whether it is new: then servers have to load it.
    public static func ensure(
        at path: String,
        names: [SubjectName],
        authority: SiteAuthority,
        lifetime: Duration = defaultLifetime
    ) throws -> (identity: ServerIdentity, isNew: Bool) {
        if Files.exists(path) {
            try checkPrivate(path)
            let text = try Files.readText(path, limit: 1 << 20)
            if let identity = try? ServerIdentity(Secret(text), authority),
                identity.names.isSuperset(of: names.map(\.normalized)),
                !identity.isRenewalDue(at: authority.clock.now())
            {
                return (identity, false)
            }
        }
        return (try make(at: path, names: names, authority: authority, lifetime: lifetime), true)
    }

    private static func make(
        at path: String,
        names: [SubjectName],
        authority: SiteAuthority,
        lifetime: Duration
    ) throws -> ServerIdentity {
        let key = P256.Signing.PrivateKey()
        let issued = try authority.issueServerCertificate(
            publicKeyPEM: key.publicKey.pemRepresentation,
            names: names,
            lifetime: lifetime
        )
        let text = key.pemRepresentation + "\n" + issued.chainPEM
        try Files.createDirectory(FilePathText.parent(of: path), mode: 0o700)
        try AtomicFile.write(text, to: path, mode: 0o600)
        return try ServerIdentity(Secret(text), authority)
    }

    /// Throws whatever is wrong with the content: it is made anew then.
    private init(_ file: Secret<String>, _ authority: SiteAuthority) throws {
        let documents = try PEMDocument.parseMultiple(pemString: file.reveal())
        guard documents.count == 3 else { throw MusterError(.malformed, "a key and two certificates are wanted") }
        let key = try P256.Signing.PrivateKey(pemRepresentation: documents[0].pemString)
        let leaf = try Certificate(pemDocument: documents[1])
        guard leaf.publicKey == Certificate.PublicKey(key.publicKey), leaf.issuer == authority.certificate.subject,
            authority.certificate.publicKey.isValidSignature(leaf.signature, for: leaf)
        else { throw MusterError(.verificationFailed, "the certificate is not this key's or not this site's") }
        privateKeyPEM = Secret(documents[0].pemString + "\n")
        chainPEM = documents[1].pemString + "\n" + authority.certificatePEM
        names = Set(try leaf.extensions.subjectAlternativeNames?.compactMap(SubjectName.init) ?? [])
        notBefore = Timestamp(seconds: Int64(leaf.notValidBefore.timeIntervalSince1970))
        notAfter = Timestamp(seconds: Int64(leaf.notValidAfter.timeIntervalSince1970))
    }
}
