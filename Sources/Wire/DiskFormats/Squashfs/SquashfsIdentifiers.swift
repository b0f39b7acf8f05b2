import MusterBase

/// Numbers of users and groups. Inodes name them by their place in this table, so there are at most 65535.
struct SquashfsIdentifiers {
    private(set) var values: [UInt32] = []
    private var places: [UInt32: UInt16] = [:]

    /// The place of a number, which is added when it is new. Throws ``MusterError`` `exhausted` when the table is full.
    mutating func place(of value: UInt32) throws(MusterError) -> UInt16 {
        if let place = places[value] { return place }
        guard values.count < Int(UInt16.max) else {
            throw MusterError(.exhausted, "squashfs cannot hold more than \(UInt16.max) different owners and groups")
        }
        let place = UInt16(values.count)
        values.append(value)
        places[value] = place
        return place
    }

    var records: [UInt8] {
        var writer = ByteWriter(reserving: 4 * values.count)
        for value in values { writer.writeLittle(value) }
        return writer.bytes
    }
}
