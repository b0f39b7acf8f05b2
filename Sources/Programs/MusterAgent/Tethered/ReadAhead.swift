/// Notices who reads a file from front to back, and says what will be wanted next. Several may read at a time.
struct ReadAhead: Sendable {
    private struct Stream: Sendable {
        /// The chunk behind the one that was read last.
        var next: Int
        /// How many chunks are fetched ahead.
        var window: Int
        var lastUse: Int
    }

    /// In chunks.
    let longestWindow: Int
    private var streams: [Stream] = []
    private var uses = 0

    private static let streamLimit = 8

    init(longestWindow: Int) { self.longestWindow = longestWindow }

    /// Takes note that a chunk is read.
    ///
    /// - Returns: The chunks to fetch ahead, within the `count` that there are. It is empty for one that was read at
    ///   random.
    mutating func noteRead(_ chunk: Int, of count: Int) -> Range<Int> {
        uses += 1
        // Another part of the same chunk: whoever reads on is still the same.
        if let same = streams.firstIndex(where: { $0.next == chunk + 1 }) {
            streams[same].lastUse = uses
            return chunk..<chunk
        }
        guard let index = streams.firstIndex(where: { $0.next == chunk }) else {
            begin(behind: chunk)
            return chunk..<chunk
        }
        let window = min(longestWindow, max(1, streams[index].window * 2))
        streams[index] = Stream(next: chunk + 1, window: window, lastUse: uses)
        return min(chunk + 1, count)..<min(chunk + 1 + window, count)
    }

    private mutating func begin(behind chunk: Int) {
        let stream = Stream(next: chunk + 1, window: 0, lastUse: uses)
        if streams.count < Self.streamLimit {
            streams.append(stream)
        } else if let oldest = streams.indices.min(by: { streams[$0].lastUse < streams[$1].lastUse }) {
            streams[oldest] = stream
        }
    }
}
