import MusterBase
import SwiftASN1
import X509

/// A name that a TLS server is known under.
public enum SubjectName: Sendable, Hashable {
    /// A host name; kept in lower case.
    case dns(String)
    /// 4 octets of IPv4 or 16 of IPv6.
    case address([UInt8])

    public static func ipv4(_ address: IPv4Address) -> SubjectName {
        var writer = ByteWriter()
        writer.write(address)
        return .address(writer.bytes)
    }

    /// As it stands in a certificate. Throws `invalidInput` for a wildcard, for what is no host name and for an address
    /// of another length.
    func generalName() throws(MusterError) -> GeneralName {
        switch self {
        case .dns(let name):
            try checkHostName(name)
            return .dnsName(name.lowercased())
        case .address(let octets):
            guard octets.count == 4 || octets.count == 16 else {
                throw MusterError(.invalidInput, "an IP address has 4 or 16 octets, not \(octets.count)")
            }
            return .ipAddress(ASN1OctetString(contentBytes: octets[...]))
        }
    }

    /// Nil for kinds that Muster does not issue.
    init?(_ name: GeneralName) {
        switch name {
        case .dnsName(let text): self = .dns(text.lowercased())
        case .ipAddress(let octets): self = .address(Array(octets.bytes))
        default: return nil
        }
    }

    var normalized: SubjectName {
        if case .dns(let name) = self { return .dns(name.lowercased()) }
        return self
    }
}

/// Throws `invalidInput` unless it is labels of letters, digits and inner hyphens (RFC 1123, section 2.1).
func checkHostName(_ name: String) throws(MusterError) {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isGood = labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
    guard !name.isEmpty, name.utf8.count <= 253, isGood else {
        throw MusterError(.invalidInput, "'\(name.prefix(80))' is no host name")
    }
}

func isLetterOrDigit(_ octet: UInt8) -> Bool {
    (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
}
