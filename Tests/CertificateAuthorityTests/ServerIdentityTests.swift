import CertificateAuthority
import Crypto
import Foundation
import MusterBase
import TestSupport
import Testing

@Suite("A member's TLS identity")
struct ServerIdentityTests {
    private let names: [SubjectName] = [.dns("Head"), .ipv4(IPv4Address(rawValue: 0x0A01_0001))]

    @Test("it is made once, kept with mode 0600, and given again")
    func kept() throws {
        let directory = try SiteDirectory()
        let authority = try directory.create()
        let path = directory.root.appending(path: "private/member/tls.pem").path
        let first = try ServerIdentity.ensure(at: path, names: names, authority: authority)
        let second = try ServerIdentity.ensure(at: path, names: [.dns("HEAD")], authority: authority)
        #expect(first.isNew && !second.isNew)
        #expect(second.identity.chainPEM == first.identity.chainPEM)
        #expect(second.identity.privateKeyPEM.reveal() == first.identity.privateKeyPEM.reveal())
        #expect(second.identity.names == [.dns("head"), .ipv4(IPv4Address(rawValue: 0x0A01_0001))])
        #expect(try directory.mode(path) == 0o600)
        _ = try P256.Signing.PrivateKey(pemRepresentation: second.identity.privateKeyPEM.reveal())
        #expect("\(second.identity)".contains("PRIVATE") == false)
    }

    @Test("a new name, another site, a damaged file and the last third of its life each make a new one")
    func renewed() throws {
        let directory = try SiteDirectory()
        let path = directory.root.appending(path: "tls.pem").path
        let authority = try directory.create()
        _ = try ServerIdentity.ensure(at: path, names: names, authority: authority)
        #expect(try ServerIdentity.ensure(at: path, names: names + [.dns("vip")], authority: authority).isNew)
        #expect(try ServerIdentity.ensure(at: path, names: names, authority: try SiteDirectory().create()).isNew)
        #expect(try ServerIdentity.ensure(at: path, names: names, authority: authority).isNew)
        let day59 = try directory.open(at: Timestamp(seconds: noon.seconds + 59 * day))
        #expect(try !ServerIdentity.ensure(at: path, names: names, authority: day59).isNew)
        let day61 = try directory.open(at: Timestamp(seconds: noon.seconds + 61 * day))
        #expect(try ServerIdentity.ensure(at: path, names: names, authority: day61).isNew)
        #expect(try !ServerIdentity.ensure(at: path, names: names, authority: day61).isNew)
        try Data("-----BEGIN".utf8).write(to: URL(filePath: path))
        #expect(try ServerIdentity.ensure(at: path, names: names, authority: day61).isNew)
    }

    @Test("a key file that others can read is refused")
    func readable() throws {
        let directory = try SiteDirectory()
        let path = directory.root.appending(path: "tls.pem").path
        let authority = try directory.create()
        _ = try ServerIdentity.ensure(at: path, names: names, authority: authority)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(
            caughtError { _ = try ServerIdentity.ensure(at: path, names: names, authority: authority) }?.code
                == .forbidden)
    }
}
