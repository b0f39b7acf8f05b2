import MusterBase

/// The file in which GRUB keeps variables from start to start: `grubenv`. It has 1024 octets, always, since GRUB writes into
/// the blocks that the file has and knows no file system well enough to make it longer.
///
/// Source: GRUB 2.06, include/grub/lib/envblk.h and grub-core/lib/envblk.c.
public struct GRUBEnvironment: Hashable, Sendable {
    /// By name. GRUB's scripts set names of letters, digits and `_`.
    public var variables: [String: String]

    public static let length = 1024
    private static let signature = "# GRUB Environment Block\n"

    public init(_ variables: [String: String] = [:]) { self.variables = variables }

    /// Reads a whole file. Throws ``MusterError`` `malformed` for what is none of GRUB's.
    public init(decoding octets: some Collection<UInt8>) throws(MusterError) {
        guard octets.count == Self.length, octets.starts(with: Self.signature.utf8) else {
            throw MusterError(.malformed, "this is no environment block of GRUB's")
        }
        variables = [:]
        for line in octets.split(separator: 0x0A) where line.first != 0x23 {
            guard let equals = line.firstIndex(of: 0x3D) else { continue }
            let value = line[line.index(after: equals)...]
            variables[String(decoding: line[..<equals], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
    }

    /// The file's 1024 octets, variables by name. Throws ``MusterError`` `invalidInput` for names and values that would
    /// need quoting, and for more than there is room for.
    public func encoded() throws(MusterError) -> [UInt8] {
        var text = Self.signature
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            guard Self.isName(name), !value.contains(where: { $0.isNewline || $0 == "\\" }) else {
                throw MusterError(.invalidInput, "'\(name)' cannot be kept in GRUB's environment block")
            }
            text += "\(name)=\(value)\n"
        }
        guard text.utf8.count <= Self.length else {
            throw MusterError(.invalidInput, "GRUB's environment block has no room for so much")
        }
        return Array(text.utf8) + [UInt8](repeating: 0x23, count: Self.length - text.utf8.count)
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
