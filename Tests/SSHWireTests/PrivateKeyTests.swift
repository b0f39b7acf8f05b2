import Crypto
import Foundation
import MusterBase
import SSHWire
import TestSupport
import Testing

@Suite("SSH private key files")
struct PrivateKeyTests {
    private static func newKey(comment: String) throws -> SSHPrivateKey {
        let key = Curve25519.Signing.PrivateKey()
        return try SSHPrivateKey(
            seed: Secret(Array(key.rawRepresentation)),
            publicKey: Array(key.publicKey.rawRepresentation),
            comment: comment
        )
    }

    @Test("a file is read back, whatever padding its comment makes", arguments: 0..<9)
    func roundTrip(length: Int) throws {
        let key = try PrivateKeyTests.newKey(comment: String(repeating: "c", count: length))
        let read = try SSHPrivateKey(file: key.file(check: 0xDEAD_BEEF))
        #expect(read.seed.reveal() == key.seed.reveal())
        #expect(read.publicKey == key.publicKey)
        #expect(read.comment == key.comment)
    }

    @Test("ssh-keygen -y reads our file", .enabled(if: SSHKeygen.isThere))
    func written() throws {
        let keygen = try SSHKeygen()
        let key = try PrivateKeyTests.newKey(comment: "n1 host key")
        let path = try keygen.file("key", key.file(check: 7).reveal())
        #expect(try keygen.run("-y", "-f", path) == key.publicKey.line(comment: "n1 host key") + "\n")
    }

    @Test("a file of ssh-keygen is read, and written again as it was", .enabled(if: SSHKeygen.isThere))
    func read() throws {
        let keygen = try SSHKeygen()
        try keygen.run("-q", "-t", "ed25519", "-N", "", "-C", "made elsewhere", "-f", "key")
        let text = try keygen.read("key")
        let key = try SSHPrivateKey(file: Secret(text))
        #expect(key.publicKey.line(comment: key.comment) + "\n" == (try keygen.read("key.pub")))
        let derived = try Curve25519.Signing.PrivateKey(rawRepresentation: key.seed.reveal())
        #expect(Array(derived.publicKey.rawRepresentation) == key.publicKey.ed25519Octets)
        // The check numbers are random: find ours at their place, behind 98 octets.
        let body = text.split(separator: "\n").dropFirst().dropLast().joined()
        let octets = Array(try #require(Data(base64Encoded: body)))
        let check = octets[98..<102].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(key.file(check: check).reveal() == text)
    }

    @Test("encrypted and other kinds of keys are refused by name", .enabled(if: SSHKeygen.isThere))
    func refused() throws {
        let keygen = try SSHKeygen()
        try keygen.run("-q", "-t", "ed25519", "-N", "pass phrase", "-f", "encrypted")
        try keygen.run("-q", "-t", "ecdsa", "-N", "", "-f", "ecdsa")
        let encrypted = try Secret(keygen.read("encrypted"))
        let ecdsa = try Secret(keygen.read("ecdsa"))
        #expect(#expect(throws: MusterError.self) { try SSHPrivateKey(file: encrypted) }?.code == .unsupported)
        #expect(#expect(throws: MusterError.self) { try SSHPrivateKey(file: ecdsa) }?.code == .unsupported)
    }

    @Test("errors and descriptions show nothing of a key")
    func secrecy() throws {
        let key = try PrivateKeyTests.newKey(comment: "")
        #expect("\(key.file(check: 1))" == "<secret>")
        #expect("\(key.seed)" == "<secret>")
        let error = #expect(throws: MusterError.self) {
            try SSHPrivateKey(file: Secret("hunter2\nhunter2\nhunter2"))
        }
        #expect(error.map { "\($0)".contains("hunter2") } == false)
    }

    @Test("a changed file never traps, and a changed public half is seen")
    func mutations() throws {
        let key = try PrivateKeyTests.newKey(comment: "x")
        let lines = key.file(check: 1).reveal().split(separator: "\n").map(String.init)
        let octets = Array(try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined())))
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2_000 {
            let body = Data(random.mutated(octets)).base64EncodedString()
            _ = try? SSHPrivateKey(file: Secret("\(lines[0])\n\(body)\n\(lines[lines.count - 1])\n"))
        }
        var swapped = octets
        swapped[70] ^= 1
        let body = Data(swapped).base64EncodedString()
        let file = Secret("\(lines[0])\n\(body)\n\(lines[lines.count - 1])\n")
        #expect(#expect(throws: MusterError.self) { try SSHPrivateKey(file: file) }?.code == .malformed)
    }
}
