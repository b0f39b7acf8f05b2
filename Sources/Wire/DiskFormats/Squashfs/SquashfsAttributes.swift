import MusterBase

/// Sets of extended attributes. An inode names its set; inodes with the same attributes name the same one.
struct SquashfsAttributes {
    private var sets: [[SquashfsEntry.Attribute]] = []
    /// By names and values as octets: strings are the same to Swift also when their octets differ.
    private var places: [[UInt8]: UInt32] = [:]

    /// A value that stands elsewhere is shorter than the value itself only from here on.
    private static let reference = 8
    private static let elsewhere: UInt16 = 0x100

    var isEmpty: Bool { sets.isEmpty }

    /// The number of a name space, and the rest of the name; nil for a name space that squashfs does not have.
    static func split(_ name: String) -> (space: UInt16, rest: [UInt8])? {
        let spaces = ["user.", "trusted.", "security."]
        for (number, prefix) in spaces.enumerated() where name.utf8.starts(with: prefix.utf8) {
            let rest = Array(name.utf8.dropFirst(prefix.utf8.count))
            return rest.isEmpty ? nil : (UInt16(number), rest)
        }
        return nil
    }

    /// The number of an entry's set, ``SquashfsFormat/none`` for an entry without attributes. Throws ``MusterError``
    /// `invalidInput` for a name or value that squashfs cannot hold.
    mutating func place(of entry: SquashfsEntry) throws(MusterError) -> UInt32 {
        if entry.attributes.isEmpty { return SquashfsFormat.none }
        var names: Set<[UInt8]> = []
        for attribute in entry.attributes {
            let name = attribute.name
            guard Self.split(name) != nil, name.utf8.count <= SquashfsFormat.longestAttributeName,
                !name.utf8.contains(0), names.insert(Array(name.utf8)).inserted
            else { throw entry.wrong("the extended attribute '\(name)'") }
            guard attribute.value.count <= SquashfsFormat.longestAttributeValue else {
                throw entry.wrong("\(attribute.value.count) octets in the extended attribute \(name)")
            }
        }
        let sorted = entry.attributes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var key = ByteWriter()
        for attribute in sorted {
            key.write(attribute.name.utf8)
            key.writeLittle(UInt64(attribute.value.count) << 8)
            key.write(attribute.value)
        }
        if let place = places[key.bytes] { return place }
        let place = UInt32(truncatingIfNeeded: sets.count)
        guard sets.count < Int(SquashfsFormat.none) else { throw entry.wrong("too many sets of attributes") }
        sets.append(sorted)
        places[key.bytes] = place
        return place
    }

    /// All sets, and the table that finds them; `start` is where the superblock points to.
    func table(at position: UInt64, _ compressor: any SquashfsCompressor) throws -> (octets: [UInt8], start: UInt64) {
        var metadata = SquashfsMetadata(compressor)
        var values: [[UInt8]: UInt64] = [:]
        var index = ByteWriter(reserving: 16 * sets.count)
        for set in sets {
            index.writeLittle(metadata.place.reference)
            var length = 0
            for attribute in set { length += try Self.append(attribute, to: &metadata, known: &values) }
            index.writeLittle(UInt32(truncatingIfNeeded: set.count))
            index.writeLittle(UInt32(truncatingIfNeeded: length))
        }
        try metadata.finish()
        var preface = ByteWriter()
        preface.writeLittle(position)
        preface.writeLittle(UInt32(truncatingIfNeeded: sets.count))
        preface.writeLittle(UInt32(0))
        let lookup = try SquashfsLookupTable(
            index.bytes, at: position + UInt64(metadata.octets.count), preface: preface.bytes, compressor)
        return (metadata.octets + lookup.octets, lookup.start)
    }

    /// - Returns: the octets that were appended.
    private static func append(
        _ attribute: SquashfsEntry.Attribute, to metadata: inout SquashfsMetadata, known: inout [[UInt8]: UInt64]
    ) throws -> Int {
        guard let (space, rest) = split(attribute.name) else { return 0 }
        let place = attribute.value.count > reference ? known[attribute.value] : nil
        var key = ByteWriter()
        key.writeLittle(place == nil ? space : space | elsewhere)
        key.writeLittle(UInt16(truncatingIfNeeded: rest.count))
        key.write(rest)
        try metadata.append(key.bytes)
        var value = ByteWriter()
        if let place {
            value.writeLittle(UInt32(reference))
            value.writeLittle(place)
        } else {
            known[attribute.value] = metadata.place.reference
            value.writeLittle(UInt32(truncatingIfNeeded: attribute.value.count))
            value.write(attribute.value)
        }
        try metadata.append(value.bytes)
        return key.count + value.count
    }
}
