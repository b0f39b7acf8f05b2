import CertificateAuthority
import Crypto
import Foundation
import MusterBase
import SwiftASN1
import TestSupport
import Testing
import X509

@Suite("TLS certificates")
struct TLSTests {
    private let names: [SubjectName] = [.dns("Head.cluster.example"), .ipv4(IPv4Address(rawValue: 0x0A01_0001))]

    private func chain(_ pem: String) throws -> [Certificate] {
        try PEMDocument.parseMultiple(pemString: pem).map { try Certificate(pemDocument: $0) }
    }

    private func issue(_ authority: SiteAuthority, lifetime: Duration = defaultLifetime) throws -> IssuedCertificate {
        try authority.issueServerCertificate(
            publicKeyPEM: P256.Signing.PrivateKey().publicKey.pemRepresentation,
            names: names,
            lifetime: lifetime
        )
    }

    @Test("the authority is P-256, may sign certificates and nothing below it may")
    func authority() throws {
        let certificate = try chain(try SiteDirectory().create().certificatePEM)[0]
        #expect(P256.Signing.PublicKey(certificate.publicKey) != nil)
        #expect(certificate.signatureAlgorithm == .ecdsaWithSHA256)
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(try certificate.extensions.keyUsage == KeyUsage(keyCertSign: true, cRLSign: true))
        #expect(certificate.notValidBefore == Date(timeIntervalSince1970: Double(noon.seconds - 3600)))
    }

    @Test("a verifier that trusts the authority accepts a member's certificate for its names, and no other's")
    func verified() async throws {
        let authority = try SiteDirectory().create(at: .now())
        let stranger = try SiteDirectory().create(at: .now())
        let leaf = try chain(try issue(authority).chainPEM)[0]
        #expect(await accepts(leaf, root: authority, host: "head.cluster.example"))
        #expect(await accepts(leaf, root: authority, address: "10.1.0.1"))
        #expect(await !accepts(leaf, root: authority, host: "other.cluster.example"))
        #expect(await !accepts(leaf, root: authority, address: "10.1.0.2"))
        #expect(await !accepts(leaf, root: stranger, host: "head.cluster.example"))
    }

    @Test("it is for servers, from an hour ago until its lifetime is over")
    func fields() throws {
        let issued = try issue(try SiteDirectory().create(), lifetime: .seconds(30 * day))
        let certificates = try chain(issued.chainPEM)
        #expect(certificates.count == 2)
        let leaf = certificates[0]
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        #expect(try leaf.extensions.extendedKeyUsage?.contains(.serverAuth) == true)
        #expect(leaf.notValidBefore == Date(timeIntervalSince1970: Double(noon.seconds - 3600)))
        #expect(leaf.notValidAfter == Date(timeIntervalSince1970: Double(noon.seconds + 30 * day)))
        #expect(issued.notAfter == Timestamp(seconds: noon.seconds + 30 * day))
        let other = try chain(try issue(try SiteDirectory().create()).chainPEM)[0]
        #expect(other.serialNumber != leaf.serialNumber)
    }

    @Test("openssl accepts the chain", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
    func openssl() throws {
        let directory = try SiteDirectory()
        let authority = try directory.create(at: .now())
        let root = directory.root.appending(path: "ca.pem").path
        let leaf = directory.root.appending(path: "leaf.pem").path
        try authority.certificatePEM.write(toFile: root, atomically: true, encoding: .utf8)
        try issue(authority).chainPEM.write(toFile: leaf, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "verify", "-x509_strict", "-CAfile", root, "-purpose", "sslserver", "-verify_hostname",
            "head.cluster.example", leaf,
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(
        "bad names are refused",
        arguments: [
            [], [.dns("")], [.dns("*.example")], [.dns("a b")], [.dns("a..b")], [.dns("-a")], [.dns("a_b")],
            [.address([1, 2, 3])], [.dns("good"), .dns("bad\n")],
        ] as [[SubjectName]]
    )
    func badNames(names: [SubjectName]) throws {
        let authority = try SiteDirectory().create()
        let key = P256.Signing.PrivateKey().publicKey.pemRepresentation
        #expect(
            caughtError { _ = try authority.issueServerCertificate(publicKeyPEM: key, names: names) }?.code
                == .invalidInput
        )
    }

    @Test("lifetimes are bounded", arguments: [0, -1, 59, 399 * day])
    func lifetimes(seconds: Int64) throws {
        let authority = try SiteDirectory().create()
        #expect(caughtError { _ = try issue(authority, lifetime: .seconds(seconds)) }?.code == .invalidInput)
    }

    @Test("renewal is due in the last third, and for a clock before the beginning")
    func renewal() {
        let end = Timestamp(seconds: noon.seconds + 90 * day)
        let due = { (days: Int64) in
            isRenewalDue(notBefore: noon, notAfter: end, at: Timestamp(seconds: noon.seconds + days * day))
        }
        #expect([-1, 0, 59, 60, 61, 89, 91].map(due) == [true, false, false, false, true, true, true])
    }
}

/// Whether swift-certificates' own verifier accepts it now.
private func accepts(
    _ leaf: Certificate,
    root: SiteAuthority,
    host: String? = nil,
    address: String? = nil
) async -> Bool {
    guard let certificate = try? Certificate(pemEncoded: root.certificatePEM) else { return false }
    var verifier = Verifier(rootCertificates: CertificateStore([certificate])) {
        RFC5280Policy()
        ServerIdentityPolicy(serverHostname: host, serverIP: address)
    }
    if case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) { return true }
    return false
}
