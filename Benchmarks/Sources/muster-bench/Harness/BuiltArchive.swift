import Foundation

/// A copy of the tar archive of a built image, whose files are changed in their place.
struct BuiltArchive {
    let path: String

    /// Changes a bit in the middle of every such file of `usr`. Left alone is what packing itself reads: the kernel's
    /// modules and firmware, and os-release.
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

    /// Rewrites the files of packages as an update would, and the worst one: each octet of each program and library
    /// becomes another, so that they compress as well as before and have nothing in common with what they were. Their
    /// times change, and the version in the list of packages.
    ///
    /// - Parameter packages: with their architecture where the list of their files has it: `libssl3:amd64`.
    /// - Returns: how many octets were rewritten.
    func rewrite(_ packages: [String]) throws -> Int {
        let descriptor = open(path, O_RDWR)
        guard descriptor >= 0 else { throw BenchError("cannot open \(path)") }
        defer { close(descriptor) }
        let entries = try files(of: descriptor)
        var rewritten = 0
        for package in packages {
            guard let list = entries["./var/lib/dpkg/info/\(package).list"],
                let status = entries["./var/lib/dpkg/status"]
            else { throw BenchError("the image has no package \(package)") }
            for name in try text(of: list, descriptor).split(separator: "\n") {
                guard let file = entries[".\(name)"], !name.hasPrefix("/usr/share/doc/") else { continue }
                try change(descriptor, file.content, file.size) { octets in
                    for index in octets.indices { octets[index] ^= 0x5A }
                }
                try change(descriptor, file.header, 512) { Self.changeTime(of: &$0) }
                rewritten += file.size
            }
            let name = package.split(separator: ":")[0]
            try change(descriptor, status.content, status.size) { try Self.changeVersion(of: String(name), in: &$0) }
        }
        guard rewritten > 0 else { throw BenchError("no file of \(packages) could be rewritten") }
        return rewritten
    }

    private struct File {
        let header: off_t
        let size: Int
        var content: off_t { header + 512 }
    }

    /// All regular files with content, by name.
    private func files(of descriptor: Int32) throws -> [String: File] {
        var files: [String: File] = [:]
        var header = [UInt8](repeating: 0, count: 512)
        var offset: off_t = 0
        while pread(descriptor, &header, 512, offset) == 512, header[0] != 0 {
            let size = off_t(Self.text(header[124..<136]), radix: 8) ?? 0
            let kind = header[156]
            if kind == UInt8(ascii: "0"), size > 0 {
                files[Self.text(header[..<100])] = File(header: offset, size: Int(size))
            }
            let hasContent = [UInt8(ascii: "0"), UInt8(ascii: "x"), UInt8(ascii: "g")].contains(kind)
            offset += 512 + (hasContent ? (size + 511) / 512 * 512 : 0)
        }
        return files
    }

    private func text(of file: File, _ descriptor: Int32) throws -> String {
        var octets = [UInt8](repeating: 0, count: file.size)
        guard pread(descriptor, &octets, octets.count, file.content) == octets.count else {
            throw BenchError("cannot read \(path)")
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private func change(
        _ descriptor: Int32, _ offset: off_t, _ count: Int, _ body: (inout [UInt8]) throws -> Void
    ) throws {
        var octets = [UInt8](repeating: 0, count: count)
        guard pread(descriptor, &octets, count, offset) == count else { throw BenchError("cannot read \(path)") }
        try body(&octets)
        guard pwrite(descriptor, octets, count, offset) == count else { throw BenchError("cannot write \(path)") }
    }

    /// Turns the lowest bit of the seconds over, and sets the sum right.
    private static func changeTime(of header: inout [UInt8]) {
        guard let last = (136..<148).last(where: { header[$0] >= UInt8(ascii: "0") }) else { return }
        let before = Int(header[last])
        header[last] ^= 1
        let sum = (Int(text(header[148..<156]), radix: 8) ?? 0) + Int(header[last]) - before
        let digits = String(sum, radix: 8)
        let field = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        header.replaceSubrange(148..<156, with: Array(field.utf8) + [0, UInt8(ascii: " ")])
    }

    /// Turns the lowest bit of the last digit of a package's version over.
    private static func changeVersion(of package: String, in status: inout [UInt8]) throws {
        let text = String(decoding: status, as: UTF8.self)
        guard text.utf8.count == status.count, let begin = text.range(of: "Package: \(package)\n"),
            let version = text.range(of: "\nVersion: ", range: begin.upperBound..<text.endIndex),
            let end = text[version.upperBound...].firstIndex(of: "\n"),
            let digit = text[version.upperBound..<end].lastIndex(where: \.isNumber)
        else { throw BenchError("the list of packages does not name \(package)") }
        status[text.utf8.distance(from: text.startIndex, to: digit)] ^= 1
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
