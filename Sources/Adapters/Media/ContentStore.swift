import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The contents of all media's files, each once: `.content/ab/<64 digits>`. The files of media are further names of them. A
/// content that has no other name is of no medium any more.
package struct ContentStore: Sendable {
    let directory: String

    package func path(_ digest: ContentDigest) -> String {
        let hex = digest.hex
        return "\(directory)/\(hex.prefix(2))/\(hex)"
    }

    package func has(_ digest: ContentDigest, size: Int64) -> Bool {
        var status = stat()
        return lstat(path(digest), &status) == 0 && status.st_mode & S_IFMT == S_IFREG && Int64(status.st_size) == size
    }

    /// Gives a file's name to another file of the same content. A file that has as many names as its file system allows
    /// stays as it is.
    package func replace(_ path: String, byLinkTo first: String) throws {
        let temporary = "\(path).muster-link"
        guard link(first, temporary) == 0 else {
            if errno == EMLINK { return }
            throw systemError("cannot make a second name of \(first)")
        }
        guard rename(temporary, path) == 0 else {
            let error = systemError("cannot put a second name of \(first) at \(path)")
            unlink(temporary)
            throw error
        }
    }

    /// Takes a file in, which is on the disk and has its last mode.
    package func add(_ path: String, _ digest: ContentDigest) throws {
        let target = self.path(digest)
        try Files.createDirectory(FilePathText.parent(of: target))
        guard link(path, target) == 0 || errno == EEXIST || errno == EMLINK else {
            throw systemError("cannot keep the content of \(path)")
        }
    }

    /// Removes what no medium has, while nobody imports.
    ///
    /// - Returns: octets that are free again.
    @discardableResult
    func removeUnused() throws -> Int64 {
        guard Files.isDirectory(directory) else { return 0 }
        var freed: Int64 = 0
        for part in try Files.names(in: directory) where Files.isDirectory("\(directory)/\(part)") {
            for name in try Files.names(in: "\(directory)/\(part)") {
                let path = "\(directory)/\(part)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
                    continue
                }
                try Files.remove(path)
                freed += Int64(status.st_size)
            }
        }
        return freed
    }
}
