import MusterBase

/// How a file is cut into chunks: which of its octets are in which chunk.
package struct ChunkLayout: Sendable, Hashable {
    /// Where each chunk begins, and behind the last the file's size.
    private let bounds: [Int64]

    /// No chunk is longer, in octets: what is announced is also what memory is taken for.
    package static let longestChunk = 16 << 20

    /// - Parameter lengths: of all chunks in the order of the file, in octets.
    /// - Throws: `malformed` for a file or a chunk without content, or a chunk that is too long.
    package init(lengths: [Int]) throws(MusterError) {
        var bounds: [Int64] = [0]
        bounds.reserveCapacity(lengths.count + 1)
        var end: Int64 = 0
        for (index, length) in lengths.enumerated() {
            guard (1...Self.longestChunk).contains(length) else {
                throw MusterError(.malformed, "chunk \(index) of the root file system has \(length) octets")
            }
            end += Int64(length)
            bounds.append(end)
        }
        guard bounds.count > 1 else { throw MusterError(.malformed, "the root file system has no chunks") }
        self.bounds = bounds
    }

    /// How many chunks there are; at least one.
    package var count: Int { bounds.count - 1 }

    /// The file's size in octets.
    package var size: Int64 { bounds[bounds.count - 1] }

    /// The octets of the file that a chunk holds.
    package func range(of chunk: Int) -> Range<Int64> { bounds[chunk]..<bounds[chunk + 1] }

    package func length(of chunk: Int) -> Int { Int(bounds[chunk + 1] - bounds[chunk]) }

    /// The chunks that hold these octets of the file; nil when none does.
    package func chunks(holding octets: Range<Int64>) -> ClosedRange<Int>? {
        let wanted = octets.clamped(to: 0..<size)
        guard !wanted.isEmpty else { return nil }
        return index(of: wanted.lowerBound)...index(of: wanted.upperBound - 1)
    }

    /// The chunk that holds the octet at an offset within the file.
    private func index(of offset: Int64) -> Int {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if bounds[middle] <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
