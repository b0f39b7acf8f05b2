import MusterBase

extension DHCPOptions {
    /// The options that a client asks for (option 55; RFC 2132, section 9.8), by its preference. Nil when absent;
    /// throws `malformed` when it is empty.
    public func parameterRequestList() throws(MusterError) -> [DHCPOptionCode]? {
        guard let octets = self[.parameterRequestList] else { return nil }
        guard !octets.isEmpty else { throw MusterError(.malformed, "DHCP option 55 (parameter list) is empty") }
        return octets.map { DHCPOptionCode($0) }
    }

    /// Whether the client asks for the option; true for all options when it sent no list.
    public func asksFor(_ code: DHCPOptionCode) -> Bool {
        self[.parameterRequestList]?.contains(code.rawValue) ?? true
    }

    public mutating func setParameterRequestList(_ codes: [DHCPOptionCode]) {
        set(.parameterRequestList, codes.map(\.rawValue))
    }
}
