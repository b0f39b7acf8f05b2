import MusterBase

extension DHCPOptions {
    /// Whether option 77 names `userClass`, either as RFC 3004 wants (a length octet before each class) or as the bare
    /// text that iPXE and many others send.
    public func hasUserClass(_ userClass: String) -> Bool {
        guard let octets = self[.userClass], !octets.isEmpty else { return false }
        return octets.elementsEqual(userClass.utf8)
            || ((try? DHCPOptions.userClasses(octets))?.contains { $0.elementsEqual(userClass.utf8) } ?? false)
    }

    /// Reads the list of RFC 3004, section 4. Throws `malformed` when it is empty, when a class is empty, or when one
    /// passes the end.
    public static func userClasses(_ octets: ArraySlice<UInt8>) throws(MusterError) -> [ArraySlice<UInt8>] {
        var reader = ByteReader(octets, of: "DHCP option 77 (user class)")
        var classes: [ArraySlice<UInt8>] = []
        repeat {
            let count = Int(try reader.readInteger(as: UInt8.self))
            guard count > 0 else { throw MusterError(.malformed, "DHCP option 77 has an empty user class") }
            classes.append(try reader.read(count))
        } while !reader.isAtEnd
        return classes
    }

    /// Sets option 77 to one class in the form of RFC 3004; at most 254 octets of it are sent.
    public mutating func setUserClass(_ userClass: String) {
        let octets = Array(userClass.utf8.prefix(254))
        set(.userClass, [UInt8(octets.count)] + octets)
    }
}
