import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension MediaStore {
    private struct Inode: Hashable {
        var device: UInt64
        var number: UInt64

        init(_ status: stat) { (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino)) }
    }

    /// Puts good files in the place of stored contents that are damaged, in all media that have them. To be called with the
    /// lock, when the files are on the disk and have their last modes.
    ///
    /// - Parameter files: paths of the good files, by digest.
    package func mend(_ files: [ContentDigest: String]) throws {
        var good: [Inode: String] = [:]
        for (digest, file) in files {
            var status = stat()
            if lstat(content.path(digest), &status) == 0 { good[Inode(status)] = file }
        }
        for name in try Files.names(in: directory) where !name.hasPrefix(".") && Files.isDirectory(path(name)) {
            try mend(path(name), good)
        }
        // Last: whoever is interrupted before that finds the damage again.
        for (digest, file) in files { try replace(content.path(digest), byLinkTo: file) }
    }

    private func mend(_ directory: String, _ good: [Inode: String]) throws {
        for entry in try Files.entries(in: directory) {
            let path = "\(directory)/\(entry.name)"
            if entry.isDirectory {
                try mend(path, good)
                continue
            }
            var status = stat()
            guard lstat(path, &status) == 0, let file = good[Inode(status)] else { continue }
            try replace(path, byLinkTo: file)
        }
    }

    /// By way of a name that is removed with what killed runs left.
    private func replace(_ path: String, byLinkTo file: String) throws {
        let temporary = "\(directory)/\(Self.staging)\(hexText(try KernelRandom.bytes(8)))"
        guard link(file, temporary) == 0 else { throw systemError("cannot make a second name of \(file)") }
        guard rename(temporary, path) == 0 else {
            let error = systemError("cannot put \(file) in the place of \(path)")
            unlink(temporary)
            throw error
        }
        try AtomicFile.syncDirectory(of: path)
    }
}
