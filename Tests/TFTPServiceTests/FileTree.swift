import Glibc
import MusterBase

/// A directory `public` with files to be served, beside one that is not, in a temporary place.
final class FileTree: Sendable {
    let base: String
    var root: String { base + "/public" }

    init() throws {
        var template = Array("/tmp/muster-tftp-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.map { mkdtemp($0) } }), made != nil
        else { throw MusterError(.systemFailure, "cannot make a temporary directory") }
        base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for directory in ["public", "public/boot", "distributions"] { mkdir("\(base)/\(directory)", 0o755) }
        try write("public/boot/loader", FileTree.pattern(200_000))
        try write("public/exact", FileTree.pattern(1024))
        try write("public/empty", [])
        try write("public/text", Array("one\ntwo\n".utf8))
        try write("secret", Array("secret".utf8))
        try write("distributions/vmlinuz", Array("kernel".utf8))
        for (target, name) in [("boot/loader", "inside"), ("../secret", "outside"), ("../distributions", "media")] {
            guard symlink(target, "\(root)/\(name)") == 0 else {
                throw MusterError(.systemFailure, "cannot link \(name)")
            }
        }
    }

    deinit {
        for path in [
            "public/boot/loader", "public/exact", "public/empty", "public/text", "public/inside", "public/outside",
            "public/media", "secret", "distributions/vmlinuz",
        ] { unlink("\(base)/\(path)") }
        for path in ["public/boot", "public", "distributions"] { rmdir("\(base)/\(path)") }
        rmdir(base)
    }

    /// Octets that differ from place to place.
    static func pattern(_ count: Int) -> [UInt8] {
        // A prime length, so that no block or page looks like another.
        let piece = (0..<4099).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8)) }
        var octets: [UInt8] = []
        while octets.count < count { octets += piece }
        return Array(octets.prefix(count))
    }

    private func write(_ path: String, _ content: [UInt8]) throws {
        let file = open("\(base)/\(path)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0, Glibc.write(file, content, content.count) == content.count, close(file) == 0 else {
            throw MusterError(.systemFailure, "cannot write \(path)")
        }
    }
}
