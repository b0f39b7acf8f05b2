import Glibc
import TestSupport
import WebService

/// A directory `public` with files to be served, beside one that is not, in a temporary place.
final class PublicTree: Sendable {
    private let directory: TemporaryDirectory
    var base: String { directory.path }
    var root: String { directory.path("public") }

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("#!ipxe\n", to: "public/os/boot.ipxe")
        try directory.write("secret", to: "public/.git/config")
        try directory.write("", to: "public/empty")
        try directory.write(distinctOctets(3_000_001), to: "public/big")
        try directory.write("space", to: "public/a b.txt")
        try directory.write("secret", to: "private/key")
        try directory.write("kernel", to: "distributions/vmlinuz")
        try directory.link("public/inside", to: "os/boot.ipxe")
        try directory.link("public/absolute", to: "\(base)/public/os/boot.ipxe")
        try directory.link("public/outside", to: "../private/key")
        try directory.link("public/passwd", to: "/etc/passwd")
        try directory.link("public/distribution", to: "../distributions")
        try directory.link("public/up", to: "..")
        mkfifo("\(root)/fifo", 0o644)
    }

    func files(allowDistributions: Bool = true) throws -> PublicFiles {
        try PublicFiles(root, allowing: allowDistributions ? ["\(base)/distributions", "\(base)/missing"] : [])
    }

    func write(_ path: String, _ content: [UInt8]) throws { try directory.write(content, to: path) }

    /// Sets a file's time of change, as if it had been written then.
    func age(_ path: String, seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(base)/\(path)", [time, time], 0)
    }

    func move(_ from: String, _ to: String) { rename("\(base)/\(from)", "\(base)/\(to)") }

    func cutShort(_ path: String, to size: Int) { truncate("\(base)/\(path)", size) }
}
