#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Inventory
import MusterBase

/// The JSON form of a node or group: `{"attributes":{"net.mtu":"9000"}}`, in the order of names.
enum EntityCoding {
    private struct Stored: Decodable {
        let attributes: [String: String]
    }

    /// Nil for what is not of this form.
    static func decode(_ octets: [UInt8]) -> [String: String]? {
        try? JSONDecoder().decode(Stored.self, from: Data(octets)).attributes
    }

    static func encode(_ table: AttributeTable) -> [UInt8] {
        var octets = Array("{\"attributes\":{".utf8)
        for (index, entry) in table.stored.enumerated() {
            if index > 0 { octets.append(UInt8(ascii: ",")) }
            append(entry.name, to: &octets)
            octets.append(UInt8(ascii: ":"))
            append(entry.text, to: &octets)
        }
        octets += Array("}}".utf8)
        return octets
    }

    /// A JSON string (RFC 8259, section 7).
    private static func append(_ text: String, to octets: inout [UInt8]) {
        octets.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                octets.append(UInt8(ascii: "\\"))
                octets.append(byte)
            case 0..<32: octets += Array("\\u00\(hexText(byte))".utf8)
            default: octets.append(byte)
            }
        }
        octets.append(UInt8(ascii: "\""))
    }
}
