import DiskFormats
import LinuxSystem
import MusterBase

/// A disk in memory.
struct TestDisk {
    var octets: [UInt8]

    init(octets: Int) { self.octets = [UInt8](repeating: 0, count: octets) }
    init(_ octets: [UInt8]) { self.octets = octets }

    static let sfdisk = Tool("sfdisk", candidates: ["/usr/sbin/sfdisk", "/sbin/sfdisk"], package: "fdisk")
    static let sgdisk = Tool("sgdisk", candidates: ["/usr/sbin/sgdisk", "/sbin/sgdisk"], package: "gdisk")
    static let hasPartitioners = sfdisk.installedPath != nil && sgdisk.installedPath != nil

    /// Always the same for the same number.
    static func guid(_ number: UInt8) -> DiskGUID {
        DiskGUID(custom: [UInt8](repeating: number, count: 16)) ?? .unused
    }

    static let plan = PartitionPlan([
        .init(.biosBoot, .octets(1 << 20), label: "bios", guid: guid(2)),
        .init(.efiSystem, .octets(10 << 20), label: "esp", guid: guid(3), attributes: .required),
        .init(.rootX8664, .rest(minimum: 5 << 20), label: "root", guid: guid(4), attributes: .growFileSystem),
        .init(.variableData, .octets((3 << 20) + 1), label: "größer, 大きい 💽", guid: guid(5)),
    ])

    mutating func write(_ table: PartitionTable, bootCode: [UInt8] = []) throws {
        for region in try table.regions(bootCode: bootCode) {
            let start = Int(region.offset)
            octets.replaceSubrange(start..<start + region.octets.count, with: region.octets)
        }
    }

    func read(blockSize: Int) throws -> PartitionTable.Found {
        try PartitionTable.read(blockSize: blockSize, blockCount: UInt64(octets.count / blockSize)) { offset, count in
            guard offset < UInt64(octets.count) else { return [] }
            return Array(octets[Int(offset)...].prefix(count))
        }
    }

    /// Makes the check sums of the first table, blocks of 512 octets, right again, as far as it can be known where its
    /// entries are.
    mutating func mend() {
        func number(_ place: Int, _ width: Int) -> UInt64 {
            (0..<width).reversed().reduce(0) { $0 << 8 | UInt64(octets[place + $1]) }
        }
        let start = number(512 + 72, 8).multipliedReportingOverflow(by: 512)
        let length = number(512 + 80, 4).multipliedReportingOverflow(by: number(512 + 84, 4))
        if !start.overflow, !length.overflow, start.partialValue < octets.count,
            length.partialValue <= UInt64(octets.count) - start.partialValue
        {
            let place = Int(start.partialValue)
            put(Self.sum(octets[place..<place + Int(length.partialValue)]), at: 512 + 88)
        }
        put(0, at: 512 + 16)
        put(Self.sum(octets[512..<604]), at: 512 + 16)
    }

    private mutating func put(_ value: UInt32, at place: Int) {
        for index in 0..<4 { octets[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
    }

    /// CRC-32, a bit at a time.
    static func sum(_ octets: some Sequence<UInt8>) -> UInt32 {
        var value = UInt32.max
        for octet in octets {
            value ^= UInt32(octet)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }
}
