import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the volume descriptors of a disc image say: which file systems it has, and its label (ECMA-119, section 8; ECMA-167,
/// part 2, section 9).
struct ImageHeader: Sendable, Hashable {
    var isISO = false
    var isUDF = false
    var label: String?

    private static let sectorSize = 2048
    /// The descriptors begin there; so many are looked at.
    private static let firstSector = 16
    private static let sectors = 16

    /// Of a file that is neither, nothing is set.
    init(_ path: String) throws {
        let descriptor = try Files.openRegular(path)
        defer { close(descriptor) }
        for sector in 0..<Self.sectors {
            var octets = [UInt8](repeating: 0, count: Self.sectorSize)
            let offset = off_t((Self.firstSector + sector) * Self.sectorSize)
            guard pread(descriptor, &octets, octets.count, offset) == octets.count else { return }
            take(octets)
        }
    }

    private mutating func take(_ octets: [UInt8]) {
        switch String(decoding: octets[1..<6], as: UTF8.self) {
        case "CD001":
            isISO = true
            guard octets[0] == 1, label == nil else { return }
            let text = octets[40..<72].filter { (0x20..<0x7F).contains($0) }
            let words = String(decoding: text, as: UTF8.self).split(separator: " ")
            label = words.isEmpty ? nil : words.joined(separator: " ")
        case "NSR02", "NSR03": isUDF = true
        default: break
        }
    }
}
