import Crypto
import MusterBase
import SSHWire
import TestSupport
import Testing

@Suite("SSH certificates")
struct CertificateTests {
    private let signer = Curve25519.Signing.PrivateKey()

    private func authority() throws -> SSHPublicKey {
        try SSHPublicKey(ed25519: Array(signer.publicKey.rawRepresentation))
    }

    private func signed(_ content: SSHCertificateContent) throws -> SSHCertificate {
        try content.signed(authority: try authority()) { Array(try signer.signature(for: $0)) }
    }

    private func hostContent(_ key: String) throws -> SSHCertificateContent {
        SSHCertificateContent(
            key: try SSHPublicKey(line: key),
            kind: .host,
            serial: 42,
            keyID: "n1",
            principals: ["n1", "n1.cluster.example", "10.1.2.3"],
            validAfter: 1_767_225_600,
            validBefore: 1_769_904_000,
            nonce: [UInt8](repeating: 9, count: 32)
        )
    }

    @Test("a certificate of ssh-keygen is read in every field, verified, and printed as it was")
    func golden() throws {
        let certificate = try SSHCertificate(line: Golden.userCertificate)
        let content = certificate.content
        #expect(content.kind == .user)
        #expect(content.key == (try SSHPublicKey(line: Golden.publicKeys[0])))
        #expect(content.serial == 77)
        #expect(content.keyID == "golden id")
        #expect(content.principals == ["alice", "bob"])
        #expect(content.validAfter == 1_767_225_600)
        #expect(content.validBefore == 1_769_904_000)
        #expect(content.criticalOptions.map(\.name) == ["force-command", "source-address"])
        #expect(content.criticalOptions.map(\.text) == ["/bin/true", "10.0.0.0/8"])
        #expect(content.extensions.contains(.flag("permit-pty")))
        #expect(content.extensions.count == 5)
        #expect(certificate.authority == (try SSHPublicKey(line: Golden.authority)))
        let key = try Curve25519.Signing.PublicKey(
            rawRepresentation: try #require(certificate.authority.ed25519Octets)
        )
        #expect(key.isValidSignature(certificate.signature, for: certificate.signedOctets))
        #expect(certificate.line(comment: "n1 golden") == Golden.userCertificate)
        let again = content.signed(authority: certificate.authority) { _ in certificate.signature }
        #expect(again == certificate)
    }

    @Test("ssh-keygen -L shows what we signed, for each type of key", .enabled(if: SSHKeygen.isThere), arguments: 0..<5)
    func host(index: Int) throws {
        let keygen = try SSHKeygen()
        let content = try hostContent(Golden.publicKeys[index])
        let path = try keygen.file("n1-cert.pub", try signed(content).line(comment: "n1") + "\n")
        let shown = try keygen.run("-L", "-f", path)
        #expect(shown.contains("Type: \(content.key.type.certificateName) host certificate"))
        #expect(shown.contains("Key ID: \"n1\""))
        #expect(shown.contains("Serial: 42"))
        #expect(shown.contains("Valid: from 2026-01-01T00:00:00 to 2026-02-01T00:00:00"))
        #expect(shown.contains("                n1\n                n1.cluster.example\n                10.1.2.3\n"))
        #expect(shown.contains("Critical Options: (none)"))
        #expect(shown.contains("Extensions: (none)"))
    }

    @Test("options are printed in the order of their names", .enabled(if: SSHKeygen.isThere))
    func options() throws {
        let keygen = try SSHKeygen()
        var content = try hostContent(Golden.publicKeys[0])
        content.kind = .user
        content.criticalOptions = [.text("source-address", "10.0.0.0/8"), .text("force-command", "/bin/true")]
        content.extensions = [.flag("permit-user-rc"), .flag("permit-pty")]
        let shown = try keygen.run("-L", "-f", try keygen.file("u-cert.pub", try signed(content).line()))
        #expect(shown.contains("user certificate"))
        #expect(
            shown.contains("                force-command /bin/true\n                source-address 10.0.0.0/8\n")
        )
        #expect(shown.contains("                permit-pty\n                permit-user-rc\n"))
    }

    @Test("a host certificate of ssh-keygen with our authority's key file is read", .enabled(if: SSHKeygen.isThere))
    func signedElsewhere() throws {
        let keygen = try SSHKeygen()
        let file = try SSHPrivateKey(
            seed: Secret(Array(signer.rawRepresentation)),
            publicKey: Array(signer.publicKey.rawRepresentation)
        )
        let ca = try keygen.file("ca", file.file(check: 3).reveal())
        _ = try keygen.file("host.pub", Golden.publicKeys[4] + "\n")
        try keygen.run("-q", "-s", ca, "-I", "n2", "-h", "-n", "n2", "-z", "7", "-V", "+1h", "host.pub")
        let certificate = try SSHCertificate(line: try keygen.read("host-cert.pub"))
        #expect(certificate.content.kind == .host)
        #expect(certificate.content.principals == ["n2"])
        #expect(certificate.authority == (try authority()))
        #expect(signer.publicKey.isValidSignature(certificate.signature, for: certificate.signedOctets))
    }

    @Test("cut or changed certificates never trap")
    func mutations() throws {
        let wire = try SSHCertificate(line: Golden.userCertificate).wire
        for length in 0..<wire.count {
            #expect(throws: MusterError.self) { try SSHCertificate(wire: Array(wire.prefix(length))) }
        }
        #expect(throws: MusterError.self) { try SSHCertificate(wire: wire + [0]) }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 { _ = try? SSHCertificate(wire: random.mutated(wire)) }
    }

    @Test("a public key is no certificate")
    func notACertificate() {
        let error = #expect(throws: MusterError.self) { try SSHCertificate(line: Golden.publicKeys[0]) }
        #expect(error?.code == .invalidInput)
    }
}
