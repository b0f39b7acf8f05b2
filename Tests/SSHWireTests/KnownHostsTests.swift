import MusterBase
import SSHWire
import Testing

@Suite("Lines of known_hosts")
struct KnownHostsTests {
    private func key() throws -> SSHPublicKey { try SSHPublicKey(line: Golden.authority) }

    @Test("the line of an authority is printed and read back")
    func authority() throws {
        let line = try KnownHostsLine(
            marker: .certificateAuthority,
            patterns: ["*.example", "!bad.example"],
            key: key(),
            comment: "a site"
        )
        #expect(line.text == "@cert-authority *.example,!bad.example \(Golden.authority) a site")
        #expect(try KnownHostsLine(line.text) == line)
    }

    @Test("a plain line has no marker")
    func plain() throws {
        let line = try KnownHostsLine("n1,10.0.0.1 \(Golden.authority)")
        #expect(line.marker == nil)
        #expect(line.patterns == ["n1", "10.0.0.1"])
        #expect(line.comment == "")
    }

    @Test("ssh-keygen finds the authority for a host", .enabled(if: SSHKeygen.isThere))
    func found() throws {
        let keygen = try SSHKeygen()
        let line = try KnownHostsLine(marker: .certificateAuthority, patterns: ["*.example"], key: key())
        let path = try keygen.file("known_hosts", line.text + "\n")
        #expect(try keygen.run("-F", "n1.example", "-f", path).contains("CA\n@cert-authority *.example"))
    }

    @Test("what would break the line is refused", arguments: [[], [""], ["a b"], ["a,b"], ["a\nb"], ["@x"], ["#x"]])
    func refused(patterns: [String]) {
        #expect(throws: MusterError.self) { try KnownHostsLine(marker: nil, patterns: patterns, key: try key()) }
        #expect(throws: MusterError.self) { try KnownHostsLine("@unknown n1 \(Golden.authority)") }
    }
}
