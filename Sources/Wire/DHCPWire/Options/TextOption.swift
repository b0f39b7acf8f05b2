import MusterBase

extension DHCPOptions {
    /// An option that is text, such as 12, 15, 56, 60, 66 and 67 (RFC 2132). Trailing zeros are dropped, as section 2
    /// of the RFC allows clients to send them. Nil when absent; throws `malformed` when it is empty or has control
    /// characters, so that it can be shown and logged as it is. Octets that are not UTF-8 become replacement marks.
    public func text(_ code: DHCPOptionCode) throws(MusterError) -> String? {
        guard var octets = self[code] else { return nil }
        while octets.last == 0 { octets.removeLast() }
        guard !octets.isEmpty else { throw MusterError(.malformed, "DHCP option \(code.rawValue) has no text") }
        guard octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw MusterError(.malformed, "DHCP option \(code.rawValue) has control characters in its text")
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Sets a text without a closing zero; an empty text removes the option, which may not be empty.
    public mutating func setText(_ code: DHCPOptionCode, _ text: String) {
        if text.isEmpty {
            self[code] = nil
        } else {
            set(code, text.utf8)
        }
    }
}
