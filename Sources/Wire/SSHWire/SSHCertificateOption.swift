import MusterBase

/// A critical option or an extension of a certificate.
public struct SSHCertificateOption: Sendable, Hashable {
    public let name: String
    /// Empty for a flag; for an option with a value that value as an SSH `string`.
    public let data: [UInt8]

    public init(name: String, data: [UInt8]) {
        self.name = name
        self.data = data
    }

    /// One that says all by being there, such as `permit-pty`.
    public static func flag(_ name: String) -> SSHCertificateOption { SSHCertificateOption(name: name, data: []) }

    /// One with a text, such as `force-command` or `source-address`.
    public static func text(_ name: String, _ value: String) -> SSHCertificateOption {
        SSHCertificateOption(name: name, data: sshOctets { $0.writeSSHText(value) })
    }

    /// The text of an option made by ``text(_:_:)``; nil for a flag.
    public var text: String? {
        var reader = ByteReader(data, of: "SSH certificate option")
        guard let text = try? reader.readSSHText("option"), reader.isAtEnd else { return nil }
        return text
    }
}

extension ByteReader {
    /// The packed list of names and data, to its end.
    static func sshOptions(_ octets: ArraySlice<UInt8>) throws(MusterError) -> [SSHCertificateOption] {
        var reader = ByteReader(octets, of: "SSH certificate options")
        var options: [SSHCertificateOption] = []
        while !reader.isAtEnd {
            let name = try reader.readSSHText("option's name")
            options.append(SSHCertificateOption(name: name, data: Array(try reader.readSSHString())))
        }
        return options
    }

    /// The packed list of principals, to its end.
    static func sshPrincipals(_ octets: ArraySlice<UInt8>) throws(MusterError) -> [String] {
        var reader = ByteReader(octets, of: "SSH certificate principals")
        var principals: [String] = []
        while !reader.isAtEnd { principals.append(try reader.readSSHText("principal")) }
        return principals
    }
}

extension ByteWriter {
    /// The list in the order of names, which PROTOCOL.certkeys asks for.
    mutating func writeSSHOptions(_ options: [SSHCertificateOption]) {
        let sorted = options.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        writeSSHString(
            sshOctets { writer in
                for option in sorted {
                    writer.writeSSHText(option.name)
                    writer.writeSSHString(option.data)
                }
            }
        )
    }
}
