import Crypto
import FoundationEssentials
import Glibc
import LinuxSystem
import MusterBase
import SSHWire
import X509

/// The files of a site's keys.
struct SiteFiles {
    private struct Description: Codable {
        /// The form of these files. A reader refuses a higher one.
        var version: Int
        var site: String
        var createdAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case version
            case site
            case createdAt = "created_at"
        }
    }

    private static let description = "site.json"
    private static let tlsKey = "tls-ca.key"
    private static let tlsCertificate = "tls-ca.pem"
    private static let hostKey = "ssh-host-ca"
    private static let userKey = "ssh-user-ca"
    private static let imageKey = "image-key"

    private let directory: String
    private var parent: String { FilePathText.parent(of: directory) }
    /// How the directories begin in which a site is made.
    private var unfinished: String { ".\(directory.split(separator: "/").last ?? "site").new-" }

    init(_ directory: String) {
        var path = directory
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.directory = path
    }

    func create(_ authority: SiteAuthority) throws {
        try Files.createDirectory(parent, mode: 0o700)
        let lock = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw systemError("cannot open the directory \(parent)") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw systemError("cannot lock the directory \(parent)") }
        try removeUnfinished()
        guard try !Files.isDirectory(directory) || Files.names(in: directory).isEmpty else {
            throw alreadyExists()
        }
        let new = "\(parent)/\(unfinished)\(hexText(authority.random.next(8)))"
        guard mkdir(new, 0o700) == 0 else { throw systemError("cannot create the directory \(new)") }
        do {
            try write(authority, in: new)
            guard rename(new, directory) == 0 else { throw systemError("cannot put the new site at \(directory)") }
        } catch {
            try? removeUnfinished()
            throw error
        }
        try AtomicFile.syncDirectory(of: directory)
    }

    private func write(_ authority: SiteAuthority, in new: String) throws {
        let description = Description(version: 1, site: authority.siteName, createdAt: authority.createdAt)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let text = String(decoding: try encoder.encode(description), as: UTF8.self) + "\n"
        try AtomicFile.write(
            authority.tlsKey.reveal().pemRepresentation + "\n",
            to: "\(new)/\(Self.tlsKey)",
            mode: 0o600
        )
        try AtomicFile.write(authority.certificatePEM, to: "\(new)/\(Self.tlsCertificate)", mode: 0o600)
        for (name, key) in [
            (Self.hostKey, authority.hostKey), (Self.userKey, authority.userKey), (Self.imageKey, authority.imageKey),
        ] {
            let check = authority.random.next(4).reduce(0) { $0 << 8 | UInt32($1) }
            let file = try SSHPrivateKey(key, comment: "\(authority.siteName) \(name)").file(check: check)
            try AtomicFile.write(file.reveal(), to: "\(new)/\(name)", mode: 0o600)
        }
        try AtomicFile.write(text, to: "\(new)/\(Self.description)", mode: 0o600)
    }

    func read(clock: WallClock, random: RandomOctets) throws -> SiteAuthority {
        let description: Description
        do {
            let text = try Files.read("\(directory)/\(Self.description)", limit: 1 << 20)
            description = try JSONDecoder().decode(Description.self, from: Data(text))
        } catch let error as MusterError where error.code == .notFound {
            throw MusterError(.notFound, "there is no site in \(directory)", advice: "make one with 'muster init'")
        } catch let error as MusterError where error.code == .forbidden {
            throw MusterError(
                .forbidden, error.message, advice: "run it as root, or as the user of musterd", cause: error.cause)
        } catch let error as DecodingError {
            throw MusterError(.malformed, "reading \(directory)/\(Self.description)", cause: error)
        }
        guard description.version == 1 else {
            throw MusterError(.unsupported, "the site in \(directory) was made by a newer Muster")
        }
        let tlsKey = try secretFile(Self.tlsKey) { try P256.Signing.PrivateKey(pemRepresentation: $0) }
        let certificate = try decoding(Self.tlsCertificate) {
            try Certificate(pemEncoded: try Files.readText("\(directory)/\(Self.tlsCertificate)"))
        }
        guard certificate.publicKey == Certificate.PublicKey(tlsKey.reveal().publicKey) else {
            throw MusterError(.malformed, "\(Self.tlsKey) and \(Self.tlsCertificate) in \(directory) are no pair")
        }
        return try SiteAuthority(
            siteName: description.site,
            createdAt: description.createdAt,
            certificate: certificate,
            tlsKey: tlsKey,
            hostKey: try ed25519(Self.hostKey),
            userKey: try ed25519(Self.userKey),
            imageKey: try ed25519(Self.imageKey),
            clock: clock,
            random: random
        )
    }

    private func ed25519(_ name: String) throws -> Secret<Curve25519.Signing.PrivateKey> {
        try secretFile(name) { text in
            let file = try SSHPrivateKey(file: Secret(text))
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: file.seed.reveal())
            guard file.publicKey.ed25519Octets == Array(key.publicKey.rawRepresentation) else {
                throw MusterError(.malformed, "the public half is of another key")
            }
            return key
        }
    }

    private func secretFile<Key>(_ name: String, _ parse: (String) throws -> Key) throws -> Secret<Key> {
        let path = "\(directory)/\(name)"
        try checkPrivate(path)
        let text = try Files.readText(path, limit: 1 << 16)
        return Secret(try decoding(name) { try parse(text) })
    }

    /// Keeps what a library says of a key's content out of the error: it could quote it.
    private func decoding<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as MusterError {
            throw MusterError(error.code, "reading \(directory)/\(name)", cause: error)
        } catch {
            throw MusterError(.malformed, "reading \(directory)/\(name): not what it should be")
        }
    }

    private func alreadyExists() -> MusterError {
        MusterError(
            .alreadyExists,
            "there is a site in \(directory) already",
            advice: "its keys cannot be replaced without losing every node's trust"
        )
    }

    /// What a killed creation left, keys among it.
    private func removeUnfinished() throws {
        for name in try Files.names(in: parent) where name.hasPrefix(unfinished) {
            let path = "\(parent)/\(name)"
            for file in try Files.names(in: path) { try Files.remove("\(path)/\(file)") }
            guard rmdir(path) == 0 else { throw systemError("cannot remove \(path)") }
        }
    }
}

/// Throws `forbidden` when others than the owner may read the file.
func checkPrivate(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw systemError("cannot read \(path)") }
    guard status.st_mode & 0o077 == 0 else {
        throw MusterError(
            .forbidden,
            "the private key \(path) can be read by others than its owner",
            advice: "set its mode to 0600, and make the key anew if somebody may have read it"
        )
    }
}

extension SSHPrivateKey {
    init(_ key: Secret<Curve25519.Signing.PrivateKey>, comment: String) throws(MusterError) {
        let key = key.reveal()
        try self.init(
            seed: Secret(Array(key.rawRepresentation)),
            publicKey: Array(key.publicKey.rawRepresentation),
            comment: comment
        )
    }
}
