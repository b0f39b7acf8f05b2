import Glibc
import MusterBase
import WebService

/// A directory `public` with files to be served, beside one that is not, in a temporary place.
final class PublicTree: Sendable {
    let base: String
    var root: String { base + "/public" }

    init() throws {
        var template = Array("/tmp/muster-web-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.map { mkdtemp($0) } }), made != nil
        else { throw MusterError(.systemFailure, "cannot make a temporary directory") }
        base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for directory in ["public", "public/os", "public/.git", "distributions", "private"] {
            mkdir("\(base)/\(directory)", 0o755)
        }
        try write("public/os/boot.ipxe", Array("#!ipxe\n".utf8))
        try write("public/.git/config", Array("secret".utf8))
        try write("public/empty", [])
        try write("public/big", PublicTree.pattern(3_000_001))
        try write("public/a b.txt", Array("space".utf8))
        try write("private/key", Array("secret".utf8))
        try write("distributions/vmlinuz", Array("kernel".utf8))
        try link("os/boot.ipxe", "public/inside")
        try link("\(base)/public/os/boot.ipxe", "public/absolute")
        try link("../private/key", "public/outside")
        try link("/etc/passwd", "public/passwd")
        try link("../distributions", "public/distribution")
        try link("..", "public/up")
        mkfifo("\(root)/fifo", 0o644)
    }

    deinit { remove(base) }

    /// Octets that differ from place to place.
    static func pattern(_ count: Int) -> [UInt8] {
        // A prime length, so that no block or page looks like another.
        let piece = (0..<4099).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8)) }
        var octets: [UInt8] = []
        while octets.count < count { octets += piece }
        return Array(octets.prefix(count))
    }

    func files(allowDistributions: Bool = true) throws -> PublicFiles {
        try PublicFiles(root, allowing: allowDistributions ? ["\(base)/distributions", "\(base)/missing"] : [])
    }

    func write(_ path: String, _ content: [UInt8]) throws {
        let file = open("\(base)/\(path)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0, Glibc.write(file, content, content.count) == content.count, close(file) == 0 else {
            throw MusterError(.systemFailure, "cannot write \(path)")
        }
    }

    /// Sets a file's time of change, as if it had been written then.
    func age(_ path: String, seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(base)/\(path)", [time, time], 0)
    }

    func link(_ target: String, _ path: String) throws {
        guard symlink(target, "\(base)/\(path)") == 0 else { throw MusterError(.systemFailure, "cannot link \(path)") }
    }

    func move(_ from: String, _ to: String) { rename("\(base)/\(from)", "\(base)/\(to)") }

    func cutShort(_ path: String, to size: Int) { truncate("\(base)/\(path)", size) }

    private func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { space in
                    String(decoding: space.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name == "." || name == ".." { continue }
                let child = "\(path)/\(name)"
                if entry.pointee.d_type == UInt8(DT_DIR) { remove(child) } else { unlink(child) }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}
