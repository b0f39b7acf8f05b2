import Glibc
import LinuxSystem
import MusterBase

/// An empty directory to be served, removed behind the test.
final class PublicDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/muster-daemon-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.map { mkdtemp($0) } }), made != nil
        else { throw systemError("cannot make a temporary directory") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileTree.remove(path) }
}
