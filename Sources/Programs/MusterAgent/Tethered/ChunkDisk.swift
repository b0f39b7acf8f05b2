import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Chunks on a partition of a local disk, as the members store them: encrypted, and named by their digest. They outlast
/// the boot, and those that another version has as well serve that one too.
package final class ChunkDisk: Sendable {
    private struct State: Sendable {
        /// Where each wanted chunk lies.
        var places: [ContentDigest: (slot: Int, place: ChunkTable.Slot)] = [:]
        /// What is being written, by its slot.
        var writing: [Int: ChunkTable.Slot] = [:]
        /// Chunks that this version has not.
        var others: [Int: ChunkTable.Slot] = [:]
        var freeSlots: [Int] = []
        var room: ChunkRoom
        var failure: MusterError?
        var found = 0
    }

    private let descriptor: Int32
    private let table: ChunkTable
    private let chunks: [ImageManifest.Chunk]
    private let cipher: ChunkCipher
    private let state: Mutex<State>

    /// Takes over an open partition or file, whose content may be anything; it is closed with this.
    ///
    /// - Parameter chunks: that are wanted.
    /// - Throws: what the kernel says; `unsupported` when it is too small.
    package init(_ descriptor: Int32, chunks: [ImageManifest.Chunk], cipher: ChunkCipher) throws {
        self.descriptor = descriptor
        self.chunks = chunks
        self.cipher = cipher
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0, let table = ChunkTable(size: UInt64(size)) else {
            close(descriptor)
            throw MusterError(.unsupported, "a disk of \(sizeText(Int64(size))) is too small for chunks")
        }
        self.table = table
        do {
            state = Mutex(try Self.state(descriptor, table, wanted: Set(chunks.map(\.digest))))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    private static func state(_ file: Int32, _ table: ChunkTable, wanted: Set<ContentDigest>) throws -> State {
        guard let slots = table.read(try Self.read(file, at: 0, table.tableSize)) else {
            try write(file, table.header + [UInt8](repeating: 0, count: table.tableSize - table.header.count), at: 0)
            var state = State(room: ChunkRoom(of: table, taken: []))
            state.freeSlots = (0..<table.slotCount).reversed()
            return state
        }
        var state = State(room: ChunkRoom(of: table, taken: slots.values.map(\.extent)))
        state.freeSlots = (0..<table.slotCount).reversed().filter { slots[$0] == nil }
        for (index, slot) in slots {
            if wanted.contains(slot.digest), state.places[slot.digest] == nil {
                state.places[slot.digest] = (index, slot)
            } else {
                state.others[index] = slot
            }
        }
        return state
    }

    /// Whether a chunk lies here, as far as is known.
    package func has(_ chunk: Int) -> Bool { state.withLock { $0.places[chunks[chunk].digest] != nil } }

    /// Chunks that were read from here and were right.
    package var found: Int { state.withLock { $0.found } }

    /// Why nothing more is written; nil while all is well.
    package var failure: MusterError? { state.withLock { $0.failure } }

    // MARK: Reading

    /// The plain octets of a chunk. Nil when it is not here, or is not what it should be: then it is forgotten.
    package func read(_ chunk: Int) -> [UInt8]? {
        let wanted = chunks[chunk]
        guard let (slot, place) = state.withLock({ $0.places[wanted.digest] }) else { return nil }
        if let stored = try? Self.read(descriptor, at: place.place, place.length),
            let plain = try? cipher.open(stored, digest: wanted.digest, size: wanted.size)
        {
            // It will lie unpacked in the page cache, and its cache here is of no use.
            posix_fadvise(descriptor, off_t(place.place), off_t(place.length), POSIX_FADV_DONTNEED)
            state.withLock { $0.found += 1 }
            return plain
        }
        state.withLock { state in
            guard state.places[wanted.digest]?.slot == slot else { return }
            state.places[wanted.digest] = nil
            state.others[slot] = place
        }
        return nil
    }

    private static func read(_ file: Int32, at place: UInt64, _ count: Int) throws -> [UInt8] {
        let failure = "cannot read chunks of the root file system from the disk"
        let octets = try PlacedOctets.read(count, of: file, at: place, orSay: failure)
        guard octets.count == count else { throw MusterError(.systemFailure, failure) }
        return octets
    }

    // MARK: Writing

    /// Keeps a chunk that is right. Where that fails, ``failure`` says so and nothing more is written.
    package func keep(_ chunk: Int, stored: [UInt8]) {
        let digest = chunks[chunk].digest
        do {
            guard let (slot, place) = try take(digest, stored.count) else { return }
            defer { state.withLock { $0.writing[slot] = nil } }
            try Self.write(descriptor, stored, at: place.place)
            try Self.write(descriptor, table.encode(place), at: table.place(ofSlot: slot))
            state.withLock { $0.places[digest] = (slot, place) }
        } catch {
            state.withLock { state in
                state.failure = state.failure ?? error as? MusterError ?? MusterError(.systemFailure, "\(error)")
            }
        }
    }

    /// A place for a chunk; nil when it is here already, or nothing is written any more.
    private func take(_ digest: ContentDigest, _ length: Int) throws -> (Int, ChunkTable.Slot)? {
        try state.withLock { state in
            guard state.places[digest] == nil, state.failure == nil else { return nil }
            if let taken = Self.take(&state, digest, length) { return taken }
            // What other versions left has to go.
            for slot in state.others.keys {
                try Self.write(
                    descriptor, [UInt8](repeating: 0, count: ChunkTable.slotSize), at: table.place(ofSlot: slot))
            }
            // Before something is written over it: no slot may name what is not there.
            guard fdatasync(descriptor) == 0 else { throw systemError("cannot write to the disk") }
            state.freeSlots += state.others.keys
            state.others = [:]
            let taken = state.places.values.map(\.place.extent) + state.writing.values.map(\.extent)
            state.room = ChunkRoom(of: table, taken: taken)
            if let taken = Self.take(&state, digest, length) { return taken }
            throw MusterError(.exhausted, "the disk has no room for all of the root file system")
        }
    }

    private static func take(_ state: inout State, _ digest: ContentDigest, _ length: Int) -> (Int, ChunkTable.Slot)? {
        guard let slot = state.freeSlots.last, let place = state.room.take(length) else { return nil }
        state.freeSlots.removeLast()
        let taken = ChunkTable.Slot(digest: digest, place: place, length: length)
        state.writing[slot] = taken
        return (slot, taken)
    }

    private static func write(_ file: Int32, _ octets: [UInt8], at place: UInt64) throws {
        try PlacedOctets.write(
            octets, to: file, at: place, orSay: "cannot write chunks of the root file system to the disk")
    }

    /// Brings all to the disk, and frees the memory that it took on its way.
    package func settle() {
        fdatasync(descriptor)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
}
