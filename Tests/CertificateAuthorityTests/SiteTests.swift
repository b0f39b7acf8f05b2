import CertificateAuthority
import Foundation
import MusterBase
import TestSupport
import Testing

@Suite("The keys of a site")
struct SiteTests {
    @Test("a site is opened with the keys that it was made with")
    func reopen() throws {
        let directory = try SiteDirectory()
        let made = try directory.create()
        let opened = try directory.open()
        #expect(opened.siteName == "alpha")
        #expect(opened.createdAt == noon)
        #expect(opened.certificatePEM == made.certificatePEM)
        #expect(opened.imagePublicKey == made.imagePublicKey)
        #expect(try opened.hostAuthorityKey == made.hostAuthorityKey)
        #expect(try opened.userAuthorityKey == made.userAuthorityKey)
    }

    @Test("each purpose has a key of its own, and each site its own")
    func distinct() throws {
        let first = try SiteDirectory().create()
        let second = try SiteDirectory().create()
        let keys = try [first, second].flatMap { site in
            [
                try #require(try site.hostAuthorityKey.ed25519Octets),
                try #require(try site.userAuthorityKey.ed25519Octets), site.imagePublicKey,
            ]
        }
        #expect(Set(keys).count == 6)
    }

    @Test("only the owner can read, files and directories")
    func modes() throws {
        let directory = try SiteDirectory()
        _ = try directory.create()
        #expect(try directory.mode(directory.site) == 0o700)
        #expect(try directory.mode(directory.root.appending(path: "private").path) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.site)
        #expect(names.count == 6)
        for name in names { #expect(try directory.mode("\(directory.site)/\(name)") == 0o600, "\(name)") }
    }

    @Test("a site that cannot be read is told apart from none")
    func unreadable() throws {
        let directory = try SiteDirectory()
        #expect(caughtError { _ = try directory.open() }?.code == .notFound)
        _ = try directory.create()
        let description = "\(directory.site)/site.json"
        try FileManager.default.removeItem(atPath: description)
        try FileManager.default.createSymbolicLink(atPath: description, withDestinationPath: "site.json")
        let error = caughtError { _ = try directory.open() }
        #expect(error?.code == .systemFailure)
        #expect(error?.description.contains("cannot read \(description)") == true, "\(error?.description ?? "")")
    }

    @Test("a second creation is refused and changes nothing")
    func twice() throws {
        let directory = try SiteDirectory()
        let first = try directory.create()
        #expect(caughtError { _ = try directory.create() }?.code == .alreadyExists)
        #expect(try directory.open().certificatePEM == first.certificatePEM)
        let beside = directory.root.appending(path: "private").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: beside) == ["site"])
    }

    @Test("a creation that cannot be finished leaves nothing visible")
    func unfinished() throws {
        let directory = try SiteDirectory()
        let parent = directory.root.appending(path: "private")
        // A file in the place of the directory: the last step, the rename, fails.
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: parent.appending(path: "site"))
        #expect(caughtError { _ = try directory.create() }?.code == .systemFailure)
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["site"])
    }

    @Test("what a killed creation left is no site, and is removed by the next")
    func killed() throws {
        let directory = try SiteDirectory()
        let parent = directory.root.appending(path: "private")
        let left = parent.appending(path: ".site.new-0123456789abcdef")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
        try Data("half a key".utf8).write(to: left.appending(path: "tls-ca.key"))
        #expect(caughtError { _ = try directory.open() }?.code == .notFound)
        _ = try directory.create()
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["site"])
    }

    @Test(
        "a key that others can read is refused",
        arguments: ["tls-ca.key", "ssh-host-ca", "ssh-user-ca", "image-key"]
    )
    func readable(name: String) throws {
        let directory = try SiteDirectory()
        _ = try directory.create()
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(directory.site)/\(name)")
        #expect(caughtError { _ = try directory.open() }?.code == .forbidden)
    }

    @Test(
        "a damaged file is named and its content is not shown",
        arguments: ["site.json", "tls-ca.key", "tls-ca.pem", "ssh-host-ca", "ssh-user-ca", "image-key"]
    )
    func damaged(name: String) throws {
        let directory = try SiteDirectory()
        _ = try directory.create()
        try "hunter2\nhunter2\nhunter2\n".write(toFile: "\(directory.site)/\(name)", atomically: false, encoding: .utf8)
        let error = #expect(throws: MusterError.self) { try directory.open() }
        #expect(error?.code == .malformed)
        #expect(error.map { "\($0)".contains("/\(name)") && !"\($0)".contains("hunter2") } == true)
    }

    @Test("keys of two sites do not pass for one")
    func mixed() throws {
        let first = try SiteDirectory()
        let second = try SiteDirectory()
        _ = try first.create()
        _ = try second.create()
        try FileManager.default.removeItem(atPath: "\(first.site)/tls-ca.pem")
        try FileManager.default.copyItem(atPath: "\(second.site)/tls-ca.pem", toPath: "\(first.site)/tls-ca.pem")
        #expect(caughtError { _ = try first.open() }?.code == .malformed)
    }

    @Test("a bad name is refused", arguments: ["", "a b", "a/b", ".a", "-a", "ä", String(repeating: "a", count: 64)])
    func names(name: String) throws {
        let directory = try SiteDirectory()
        #expect(caughtError { _ = try SiteAuthority.create(at: directory.site, siteName: name) }?.code == .invalidInput)
        #expect(!FileManager.default.fileExists(atPath: directory.site))
    }

    @Test("printing an authority shows no key")
    func secrecy() throws {
        let directory = try SiteDirectory()
        let authority = try directory.create()
        var text = ""
        dump(authority, to: &text)
        #expect(text.contains("<secret>"))
        for name in ["tls-ca.key", "ssh-host-ca", "image-key"] {
            let file = try String(contentsOfFile: "\(directory.site)/\(name)", encoding: .utf8)
            for line in file.split(separator: "\n").dropFirst().dropLast() { #expect(!text.contains(line)) }
        }
    }

    @Test("an image's signature is good for these octets and this key alone")
    func image() throws {
        let authority = try SiteDirectory().create()
        let manifest = Array("debian-12@7".utf8)
        let signature = try authority.signImage(manifest)
        #expect(signature.count == 64)
        #expect(authority.imagePublicKey.count == 32)
        try verifyImage(manifest, signature: signature, publicKey: authority.imagePublicKey)
        let other = try SiteDirectory().create().imagePublicKey
        #expect(
            caughtError { try verifyImage(manifest + [0], signature: signature, publicKey: authority.imagePublicKey) }?
                .code
                == .verificationFailed
        )
        #expect(
            caughtError { try verifyImage(manifest, signature: signature, publicKey: other) }?.code
                == .verificationFailed)
        #expect(caughtError { try verifyImage(manifest, signature: [], publicKey: other) }?.code == .verificationFailed)
        #expect(caughtError { try verifyImage(manifest, signature: signature, publicKey: [1]) }?.code == .malformed)
    }
}
