import LinuxSystem
import Media
import MusterBase
import OSFamilies

/// Reads a medium from its beginning to its end, compares its checksums, and writes its tree when there is where to.
struct MediumReading {
    let source: any MediumSource
    let scan: MediumScan
    let medium: MediumDescription

    /// - Parameters:
    ///   - writer: nil only to compare.
    ///   - signatures: of the medium's lists of checksums, in their order.
    ///   - room: throws when the disk is full.
    func run(
        worker: DigestWorker, writer: TreeWriter?, signatures: [MediumVerification.Signature],
        room: @escaping () throws -> Void, progress: @escaping (Double) -> Void
    ) throws -> MediumVerification {
        var comparison = ChecksumComparison(medium.checksumLists, signatures: signatures, scan)
        let advance = ReadingProgress(total: scan.octets, room: room, progress: progress)
        progress(0)
        try source.walk { entry, content in
            switch entry.kind {
            case .directory: try writer?.makeDirectory(entry.path)
            case .link(let target): try writer?.addLink(entry.path, to: target)
            case .hardLink(let first):
                try writer?.addName(entry.path, of: first)
                try comparison.takeName(entry.path, of: first)
            case .file:
                let algorithms = comparison.algorithms(of: entry.path)
                let digests =
                    try writer.map { try $0.writeFile(entry, also: algorithms, content, wrote: advance.take) }
                    ?? Self.digests(worker, also: algorithms, content, advance.take)
                comparison.take(entry.path, digests)
            }
        }
        return try comparison.result()
    }

    private static func digests(
        _ worker: DigestWorker, also algorithms: Set<ExpectedChecksum.Algorithm>, _ read: EntryContent,
        _ advance: @escaping (Int64) throws -> Void
    ) throws -> DigestWorker.Digests {
        worker.begin(also: algorithms)
        try read {
            worker.update($0)
            try advance(Int64($0.count))
        }
        return try worker.finish()
    }
}

/// Counts what was read; now and then looks whether there is room for more, and tells how far it is.
private final class ReadingProgress {
    private let total: Int64
    private let room: () throws -> Void
    private let progress: (Double) -> Void
    private var done: Int64 = 0
    private var told: Int64 = 0

    private static let stride: Int64 = 16 << 20

    init(total: Int64, room: @escaping () throws -> Void, progress: @escaping (Double) -> Void) {
        self.total = max(1, total)
        self.room = room
        self.progress = progress
    }

    func take(_ count: Int64) throws {
        done += count
        guard done - told >= Self.stride else { return }
        told = done
        try room()
        progress(min(1, Double(done) / Double(total)))
    }
}
