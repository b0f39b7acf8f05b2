import CertificateAuthority
import Crypto
import MusterBase
import SSHWire
import TestSupport
import Testing

@Suite("SSH certificates of a site")
struct SSHTests {
    private let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID+hjGQFrV3de6ooJ2UEy5FGOHGmmmyJ3S0w3xvT1tMe n1 host"

    private func isSigned(_ certificate: SSHCertificate, by authority: SSHPublicKey) throws -> Bool {
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: try #require(authority.ed25519Octets))
        return certificate.authority == authority
            && key.isValidSignature(certificate.signature, for: certificate.signedOctets)
    }

    @Test("a host's certificate says just what was asked, and is signed by the host authority")
    func host() throws {
        let authority = try SiteDirectory().create()
        let line = try authority.signHostKey(
            key,
            principals: ["N1", "n1.cluster.example", "10.1.2.3", "fd00::1"],
            lifetime: .seconds(7 * day),
            serial: 5
        )
        #expect(line.hasSuffix(" n1 host"))
        let certificate = try SSHCertificate(line: line)
        #expect(certificate.content.kind == .host)
        #expect(certificate.content.principals == ["n1", "n1.cluster.example", "10.1.2.3", "fd00::1"])
        #expect(certificate.content.serial == 5)
        #expect(certificate.content.keyID == "n1")
        #expect(certificate.content.validAfter == UInt64(noon.seconds - 3600))
        #expect(certificate.content.validBefore == UInt64(noon.seconds + 7 * day))
        #expect(certificate.content.extensions == [] && certificate.content.criticalOptions == [])
        #expect(certificate.content.nonce.count == 32)
        #expect(try isSigned(certificate, by: authority.hostAuthorityKey))
        let again = try SSHCertificate(line: try authority.signHostKey(key, principals: ["n1"], serial: 5))
        #expect(again.content.nonce != certificate.content.nonce)
    }

    @Test("a user's certificate is signed by the user authority and lives half a day")
    func user() throws {
        let authority = try SiteDirectory().create()
        let line = try authority.signUserKey(key, principals: ["root"], serial: 9, sourceAddresses: ["10.0.0.0/8"])
        let certificate = try SSHCertificate(line: line)
        #expect(certificate.content.kind == .user)
        #expect(certificate.content.principals == ["root"])
        #expect(certificate.content.validBefore == UInt64(noon.seconds + day / 2))
        #expect(certificate.content.criticalOptions == [.text("source-address", "10.0.0.0/8")])
        #expect(certificate.content.extensions.contains(.flag("permit-pty")))
        #expect(!certificate.content.extensions.contains(.flag("permit-agent-forwarding")))
        #expect(try isSigned(certificate, by: authority.userAuthorityKey))
    }

    @Test(
        "principals that are not one host's are refused",
        arguments: [
            [], [""], ["*"], ["n?"], ["!n1"], ["n1,n2"], ["localhost"], ["LOCALHOST"], ["localhost.localdomain"],
            ["ip6-localhost"], ["127.0.0.1"], ["127.1.2.3"], ["::1"], ["0.0.0.0"], ["n 1"], ["n1\n"], ["n1", "*"],
            [String(repeating: "a", count: 254)],
        ]
    )
    func badHosts(principals: [String]) throws {
        let authority = try SiteDirectory().create()
        #expect(
            caughtError { _ = try authority.signHostKey(key, principals: principals, serial: 1) }?.code == .invalidInput
        )
    }

    @Test("principals that are not one account are refused", arguments: [[], [""], ["*"], ["a,b"], ["a b"], ["-oX"]])
    func badUsers(principals: [String]) throws {
        let authority = try SiteDirectory().create()
        #expect(
            caughtError { _ = try authority.signUserKey(key, principals: principals, serial: 1) }?.code == .invalidInput
        )
    }

    @Test("no certificate without an end, and none for a bad key")
    func bounds() throws {
        let authority = try SiteDirectory().create()
        #expect(
            caughtError {
                _ = try authority.signHostKey(key, principals: ["n1"], lifetime: .seconds(399 * day), serial: 1)
            }?.code == .invalidInput
        )
        #expect(
            caughtError { _ = try authority.signHostKey("rubbish", principals: ["n1"], serial: 1) }?.code
                == .invalidInput)
    }

    @Test("the known_hosts line makes clients trust the host authority for the given hosts")
    func knownHosts() throws {
        let authority = try SiteDirectory().create()
        let line = try KnownHostsLine(try authority.knownHostsLine(patterns: ["*.cluster.example", "10.1.*"]))
        #expect(line.marker == .certificateAuthority)
        #expect(line.patterns == ["*.cluster.example", "10.1.*"])
        #expect(line.key == (try authority.hostAuthorityKey))
        #expect(line.comment == "Muster site alpha")
    }
}
