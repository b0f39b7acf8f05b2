import MusterBase
import SSHWire
import TestSupport
import Testing

@Suite("SSH public keys")
struct PublicKeyTests {
    @Test("a line of each type is read and printed as it was", arguments: Golden.publicKeys)
    func roundTrip(text: String) throws {
        let line = try SSHPublicKeyLine(text)
        #expect(line.key.line(comment: line.comment) == text)
        #expect(try SSHPublicKey(wire: line.key.wire) == line.key)
    }

    @Test("types and comments are told apart")
    func types() throws {
        let lines = try Golden.publicKeys.map { try SSHPublicKeyLine($0) }
        #expect(lines.map(\.key.type) == [.ed25519, .ecdsaP256, .ecdsaP384, .ecdsaP521, .rsa])
        #expect(lines.map(\.comment) == ["n1 golden", "p256", "p384", "p521", "rsa"])
        #expect(lines[0].key.ed25519Octets?.count == 32)
        #expect(lines[1].key.ed25519Octets == nil)
    }

    @Test("blanks around the words do not matter")
    func blanks() throws {
        let words = Golden.publicKeys[0].split(separator: " ")
        let line = try SSHPublicKeyLine("  \(words[0])\t \(words[1])  a comment \r\n")
        #expect(line.comment == "a comment")
        #expect(line.key == (try SSHPublicKey(line: Golden.publicKeys[0])))
    }

    @Test(
        "a line that is no public key is refused",
        arguments: [
            "", "ssh-ed25519", "ssh-ed25519 ????", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAA",
            "ssh-dss AAAAB3NzaC1kc3MAAAAA",
            // The type before the base64 is not the one within.
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAID+hjGQFrV3de6ooJ2UEy5FGOHGmmmyJ3S0w3xvT1tMe",
            // A length that reaches past the end.
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5f////z+hjGQFrV3de6ooJ2UEy5FGOHGmmmyJ3S0w3xvT1tMe",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: MusterError.self) { try SSHPublicKey(line: text) }
        #expect(error?.code == .invalidInput)
    }

    @Test("fields of the wrong size are refused")
    func sizes() throws {
        #expect(throws: MusterError.self) { try SSHPublicKey(ed25519: [UInt8](repeating: 1, count: 31)) }
        let wire = try SSHPublicKey(line: Golden.publicKeys[1]).wire
        #expect(throws: MusterError.self) { try SSHPublicKey(wire: wire + [0]) }
        #expect(throws: MusterError.self) { try SSHPublicKey(wire: Array(wire.dropLast())) }
        // The point's first octet says "uncompressed".
        var compressed = wire
        compressed[wire.count - 65] = 2
        #expect(throws: MusterError.self) { try SSHPublicKey(wire: compressed) }
    }

    @Test("cut or changed octets never trap", arguments: Golden.publicKeys)
    func mutations(text: String) throws {
        let wire = try SSHPublicKey(line: text).wire
        for length in 0..<wire.count {
            #expect(throws: MusterError.self) { try SSHPublicKey(wire: Array(wire.prefix(length))) }
        }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 { _ = try? SSHPublicKey(wire: random.mutated(wire)) }
    }
}
