import Foundation

/// The tar archive of a built image, whose files can be changed in their place.
struct BuiltArchive {
    let path: String

    /// Changes a bit in the middle of every such file of `usr`; done twice, the archive is what it was. Left alone is what
    /// packing itself reads: the kernel's modules and firmware, and os-release.
    ///
    /// - Returns: how many files were changed.
    func changeFiles(oneIn interval: Int) throws -> Int {
        let descriptor = open(path, O_RDWR)
        guard descriptor >= 0 else { throw BenchError("cannot open \(path)") }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: 512)
        var offset: off_t = 0
        var (files, changed) = (0, 0)
        while pread(descriptor, &header, 512, offset) == 512, header[0] != 0 {
            let size = off_t(Self.text(header[124..<136]), radix: 8) ?? 0
            let kind = header[156]
            if kind == UInt8(ascii: "0"), size > 0 {
                files += 1
                if files % interval == 0, Self.mayChange(Self.text(header[..<100])) {
                    try changeOctet(of: descriptor, at: offset + 512 + size / 2)
                    changed += 1
                }
            }
            let hasContent = [UInt8(ascii: "0"), UInt8(ascii: "x"), UInt8(ascii: "g")].contains(kind)
            offset += 512 + (hasContent ? (size + 511) / 512 * 512 : 0)
        }
        guard changed > 0 else { throw BenchError("no file of \(path) could be changed") }
        return changed
    }

    private func changeOctet(of descriptor: Int32, at offset: off_t) throws {
        var octet: UInt8 = 0
        guard pread(descriptor, &octet, 1, offset) == 1 else { throw BenchError("cannot read \(path)") }
        octet ^= 1
        guard pwrite(descriptor, &octet, 1, offset) == 1 else { throw BenchError("cannot write \(path)") }
    }

    private static func mayChange(_ name: String) -> Bool {
        name.hasPrefix("./usr/") && !["/modules/", "/firmware/", "os-release"].contains { name.contains($0) }
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }
}
