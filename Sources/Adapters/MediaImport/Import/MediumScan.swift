import MusterBase
import OSFamilies

/// What one look over a medium finds: its names, the small files that say what it is, its lists of checksums.
struct MediumScan {
    let listing: MediumListing
    /// Lists of checksums and signatures, by path.
    let lists: [String: [UInt8]]
    let files: Int
    /// Of all files together.
    let octets: Int64

    /// Octets that a list, or a signature, may have.
    private static let longestList = 64 << 20

    /// - Parameter requireSpace: called with the octets of all files so far; throws when there is no room for them.
    init(_ source: some MediumSource, limits: MediaLimits, requireSpace: (Int64) throws -> Void) throws {
        var paths: [String] = []
        var contents: [String: [UInt8]] = [:]
        // Of files that are wanted: the names under which their content comes.
        var secondNames: [String: String] = [:]
        var (entries, files) = (0, 0)
        var total: Int64 = 0
        try source.walk { entry, content in
            entries += 1
            guard entries <= limits.entries else {
                throw MusterError(.exhausted, "\(source.name) has more than \(limits.entries) files")
            }
            if entry.kind == .directory { return }
            paths.append(entry.path)
            if case .link = entry.kind { return }
            files += 1
            let (sum, overflow) = total.addingReportingOverflow(entry.size)
            total = overflow ? .max : sum
            // What an archive unpacks to is known before it is unpacked.
            if entry.size > 1 << 20 || entries % 1024 == 0 { try requireSpace(total) }
            guard let wanted = Self.octetsWanted(of: entry.path) else { return }
            if case .hardLink(let first) = entry.kind {
                secondNames[entry.path] = first
            } else {
                contents[entry.path] = try Self.beginning(content, wanted)
            }
        }
        try requireSpace(total)
        try Self.read(secondNames, of: source, into: &contents)
        lists = contents.filter { ChecksumList.mayBeListOrSignature($0.key) }
        listing = MediumListing(
            sourceName: source.name, volumeLabel: source.volumeLabel, paths: paths,
            contents: contents.filter { MediumListing.octetsWanted(of: $0.key) != nil })
        self.files = files
        octets = total
    }

    private static func octetsWanted(of path: String) -> Int? {
        ChecksumList.mayBeListOrSignature(path) ? longestList : MediumListing.octetsWanted(of: path)
    }

    /// An ISO image gives a content under the first of its names, whichever that is.
    private static func read(
        _ secondNames: [String: String], of source: some MediumSource, into contents: inout [String: [UInt8]]
    ) throws {
        let unread = Set(secondNames.values.filter { contents[$0] == nil })
        var found: [String: [UInt8]] = [:]
        if !unread.isEmpty {
            try source.walk { entry, content in
                guard entry.kind == .file, unread.contains(entry.path) else { return }
                found[entry.path] = try beginning(content, longestList)
            }
        }
        for (path, first) in secondNames {
            guard let content = contents[first] ?? found[first], let wanted = octetsWanted(of: path) else { continue }
            contents[path] = Array(content.prefix(wanted))
        }
    }

    /// Ends the reading of a file of which no more is wanted.
    private struct Enough: Error {}

    private static func beginning(_ content: EntryContent, _ count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        do {
            try content { piece in
                octets += piece.prefix(count - octets.count)
                if octets.count >= count { throw Enough() }
            }
        } catch is Enough {}
        return octets
    }
}
