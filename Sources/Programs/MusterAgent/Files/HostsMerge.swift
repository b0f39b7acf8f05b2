import MusterBase

/// Puts entries of one /etc/hosts into another.
///
/// A line of the source takes the place of those with its address; its names go from all other lines of the same kind of
/// address, for a resolver takes the first that it finds. What else is there stays as it is.
package enum HostsMerge {
    private struct Entry {
        let address: Substring
        let names: [Substring]

        init?(_ line: Substring) {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2 else { return nil }
            address = words[0]
            names = Array(words.dropFirst())
        }

        var isIPv6: Bool { address.contains(":") }
    }

    /// - Throws: ``MusterError`` `malformed` for a line of the source that is no entry.
    package static func merge(_ source: String, into present: String) throws -> String {
        var lines: [Substring] = []
        var entries: [Entry] = []
        for line in AccountMerge.lines(source) {
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.isEmpty || content.hasPrefix("#") { continue }
            guard let entry = Entry(line), isAddress(entry.address) else {
                throw MusterError(.malformed, "'\(line.prefix(80))' is no line of /etc/hosts")
            }
            lines.append(line)
            entries.append(entry)
        }
        let addresses = Set(entries.map(\.address))
        let names = [false, true].map { kind in Set(entries.filter { $0.isIPv6 == kind }.flatMap(\.names)) }
        var rest: [String] = []
        var place: Int?
        for line in AccountMerge.lines(present) {
            guard let entry = Entry(line) else {
                rest.append(String(line))
                continue
            }
            if addresses.contains(entry.address) {
                place = place ?? rest.count
                continue
            }
            let kept = entry.names.filter { !names[entry.isIPv6 ? 1 : 0].contains($0) }
            if kept.count == entry.names.count {
                rest.append(String(line))
            } else if !kept.isEmpty {
                rest.append("\(entry.address)\t\(kept.joined(separator: " "))")
            }
        }
        rest.insert(contentsOf: lines.map(String.init), at: place ?? rest.count)
        return rest.map { $0 + "\n" }.joined()
    }

    private static func isAddress(_ text: Substring) -> Bool {
        if IPv4Address(text) != nil { return true }
        let known = Set("0123456789abcdefABCDEF:.%".utf8)
        // Behind `%` stands the name of a link.
        return text.contains(":") && text.prefix { $0 != "%" }.utf8.allSatisfy(known.contains)
    }
}
