/// The name in a read request as a path below the directory that is served; nil when it is refused.
///
/// Firmware and boot loaders write the same file in several ways: with slashes in front, doubled slashes, or a prefix
/// that ends in a colon (`tftp:`). Refused are `..` and `.`, backslashes, control characters and names that begin with
/// a dot.
public func tftpFilePath(_ name: String) -> String? {
    guard name.utf8.count <= 1000, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") })
    else { return nil }
    var rest = name[...]
    if let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")),
        rest[..<colon].utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) })
    {
        rest = rest[rest.index(after: colon)...]
    }
    let segments = rest.split(separator: "/", omittingEmptySubsequences: true)
    guard !segments.isEmpty, segments.allSatisfy({ $0.utf8.first != UInt8(ascii: ".") && $0.utf8.count <= 255 })
    else { return nil }
    return segments.joined(separator: "/")
}
