#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

func base64Text(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }

/// Nil for anything but whole base64 with its padding.
func base64Octets(_ text: some StringProtocol) -> [UInt8]? {
    guard !text.isEmpty, let data = Data(base64Encoded: String(text)) else { return nil }
    return Array(data)
}
