import Synchronization

/// The disk that chunks are kept on, once there is one.
package final class AttachedDisk: Sendable {
    private let attached: Mutex<ChunkDisk?>

    package init(_ disk: ChunkDisk? = nil) { attached = Mutex(disk) }

    package var disk: ChunkDisk? { attached.withLock { $0 } }

    package func attach(_ disk: ChunkDisk) { attached.withLock { $0 = disk } }
}

/// Chunks from a local disk as far as they are there, and else from the members.
package final class DiskFirst: ChunkSource {
    private let members: any ChunkSource
    private let place: AttachedDisk

    package init(_ members: any ChunkSource, _ place: AttachedDisk) {
        self.members = members
        self.place = place
    }

    package var lastTrouble: String? { members.lastTrouble }

    package func chunk(_ index: Int, urgency: FetchUrgency) async throws(CancellationError) -> [UInt8] {
        if let octets = place.disk?.read(index) { return octets }
        return try await members.chunk(index, urgency: urgency)
    }
}
