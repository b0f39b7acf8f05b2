import Crypto
import DeploymentModel
import Foundation
import Glibc
import ImageChunks
import LinuxSystem
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("Chunks on a local disk")
struct ChunkDiskTests {
    private let directory: TemporaryDirectory
    private let cipher: ChunkCipher
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        cipher = ChunkCipher(try #require(ChunkKey([UInt8](0..<32))))
        path = directory.path("disk")
    }

    /// Chunks of an image: plain, as they are stored, and as the manifest has them.
    private struct Image {
        var plain: [[UInt8]] = []
        var stored: [[UInt8]] = []
        var chunks: [ImageManifest.Chunk] = []
        var layout: ChunkLayout { get throws { try ChunkLayout(lengths: chunks.map(\.size)) } }
    }

    private func image(_ content: [UInt8], lengths: [Int]) throws -> Image {
        var image = Image()
        var rest = content[...]
        for length in lengths {
            let plain = Array(rest.prefix(length))
            let stored = try plain.withUnsafeBytes { try cipher.seal($0) }
            let digest = try #require(ContentDigest(octets: SHA256.hash(data: stored)))
            image.plain.append(plain)
            image.stored.append(stored)
            image.chunks.append(ImageManifest.Chunk(size: length, digest: digest))
            rest = rest.dropFirst(length)
        }
        return image
    }

    private func open(_ image: Image, size: Int = 8 << 20) throws -> ChunkDisk {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0 && ftruncate(descriptor, off_t(size)) == 0)
        return try ChunkDisk(descriptor, chunks: image.chunks, cipher: cipher)
    }

    private func overwrite(_ octets: [UInt8], at offset: Int) throws {
        let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(
            octets.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) } == octets.count)
    }

    @Test(
        "a chunk that was kept is there at the next boot, also for another version, encrypted, and what is not is not")
    func outlasts() throws {
        let content = distinctOctets(400_000)
        let first = try image(content, lengths: [100_000, 150_000, 50_000])
        var disk: ChunkDisk? = try open(first)
        for chunk in [0, 2] { disk?.keep(chunk, stored: first.stored[chunk]) }
        #expect(disk?.has(1) == false && disk?.read(0) == first.plain[0] && disk?.read(1) == nil)
        disk = nil
        let octets = Data(try Files.read(path, limit: 16 << 20))
        #expect(octets.range(of: Data(first.stored[0].prefix(64))) != nil)
        #expect(octets.range(of: Data(first.plain[0].prefix(64))) == nil)
        // Another version: its first chunk is new, its second one is the former's third.
        var second = try image(Array(content[300_000...]), lengths: [60_000])
        second.plain.append(first.plain[2])
        second.chunks.append(first.chunks[2])
        let later = try open(second)
        #expect(!later.has(0) && later.has(1) && later.read(1) == first.plain[2])
        #expect(later.found == 1)
        later.keep(0, stored: second.stored[0])
        #expect(later.read(0) == second.plain[0])
        // And the former's first is still there.
        #expect(try open(first).read(0) == first.plain[0])
    }

    @Test("what was changed on the disk is no chunk any more, and is kept anew")
    func verifies() throws {
        let image = try image(distinctOctets(100_000), lengths: [100_000])
        let disk = try open(image)
        disk.keep(0, stored: image.stored[0])
        let start = try #require(
            Data(try Files.read(path, limit: 16 << 20)).range(of: Data(image.stored[0].prefix(64)))?.lowerBound)
        try overwrite([image.stored[0][70_000] ^ 1], at: start + 70_000)
        #expect(disk.has(0) && disk.read(0) == nil && !disk.has(0))
        disk.keep(0, stored: image.stored[0])
        #expect(disk.read(0) == image.plain[0])
    }

    @Test("other versions' chunks go when there is no room, and a disk that is too small says so")
    func room() throws {
        let size = 4 << 20
        let lengths = Array(repeating: 250_000, count: 12)
        let first = try image(distinctOctets(3_000_000), lengths: lengths)
        let second = try image(distinctOctets(6_000_000).suffix(3_000_000), lengths: lengths)
        var disk: ChunkDisk? = try open(first, size: size)
        for chunk in first.stored.indices { disk?.keep(chunk, stored: first.stored[chunk]) }
        #expect(disk?.failure == nil)
        disk = nil
        let other = try open(second, size: size)
        for chunk in second.stored.indices { other.keep(chunk, stored: second.stored[chunk]) }
        #expect(other.failure == nil)
        for chunk in second.stored.indices { #expect(other.read(chunk) == second.plain[chunk]) }
        #expect(try !open(first, size: size).has(0))
        var both = first
        both.chunks += second.chunks
        let full = try open(both, size: size)
        for chunk in first.stored.indices { full.keep(chunk, stored: first.stored[chunk]) }
        #expect(full.failure?.code == .exhausted)
        #expect(throws: MusterError.self) { try open(first, size: 1 << 20) }
    }

    @Test("any octets are taken for a disk without chunks, and no slot leads outside of it")
    func hostile() throws {
        let image = try image(distinctOctets(100_000), lengths: [100_000])
        try Files.write(distinctOctets(8 << 20), to: path, mode: 0o600)
        #expect(try !open(image).has(0))
        let table = try #require(ChunkTable(size: 8 << 20))
        let digest = image.chunks[0].digest
        for (place, length) in [(UInt64.max - 4095, 5000), (0, 5000), (table.dataStart + 1, 10), (table.dataStart, 0)] {
            try overwrite(
                table.encode(.init(digest: digest, place: place, length: length)), at: Int(table.place(ofSlot: 3)))
            #expect(try !open(image).has(0))
        }
        try overwrite(
            table.encode(.init(digest: digest, place: table.dataStart, length: 5000)), at: Int(table.place(ofSlot: 3)))
        let disk = try open(image)
        #expect(disk.has(0) && disk.read(0) == nil)
    }

    @Test("room is given out once, and what a root takes is enough")
    func rooms() throws {
        let table = try #require(ChunkTable(size: 4 << 20))
        let start = table.dataStart
        var room = ChunkRoom(of: table, taken: [start + 8192..<start + 12288, start..<start + 4096])
        #expect(room.take(5000) == start + 12288)
        #expect(room.take(4096) == start + 4096)
        #expect(room.take(1) == start + 20480)
        #expect(room.take(8 << 20) == nil)
        let lengths = Array(repeating: 65_536 + 28, count: 1000)
        let least = ChunkTable.room(octets: 65_536_000, chunks: 1000)
        let fitting = try #require(ChunkTable(size: UInt64(least)))
        var all = ChunkRoom(of: fitting, taken: [])
        #expect(fitting.slotCount >= 1000 && lengths.allSatisfy { all.take($0) != nil })
    }

    @Test("a root is brought to the disk behind what is read, and at the next boot nothing is fetched")
    func fills() async throws {
        let content = distinctOctets(2_000_000)
        let image = try image(content, lengths: chunkLengths(content.count))
        let console = RecordedConsole()
        for boot in 0..<2 {
            let place = AttachedDisk()
            let members = StoredSource(plain: image.plain, stored: image.stored, place: place)
            let file = LazyFile(
                layout: try image.layout, settings: LazyFileSettings(cacheLimit: 1 << 20, longestReadAhead: 0),
                source: DiskFirst(members, place), console: console)
            file.start()
            if boot == 0 { #expect(await file.read(at: 0, count: 10) == Array(content[..<10])) }
            let disk = try open(image)
            place.attach(disk)
            file.fill(disk)
            try await waitForState(otherwise: "not complete", limit: .seconds(10)) {
                file.progress.isComplete ? true : nil
            }
            #expect(file.progress.stored == image.chunks.count && file.progress.cachedSize <= 1 << 20)
            let fetched = members.asked.all.count
            #expect(boot == 0 ? fetched >= image.chunks.count : fetched == 0)
            #expect(await file.read(at: 0, count: content.count) == content)
            #expect(members.asked.all.count == fetched)
            #expect(disk.found > 0)
        }
        try await waitForState(otherwise: "not told", limit: .seconds(10)) { console.all.count == 2 ? true : nil }
    }
}

/// Gives chunks from memory, and to the disk what it gives.
private struct StoredSource: ChunkSource {
    let plain: [[UInt8]]
    let stored: [[UInt8]]
    let place: AttachedDisk
    let asked = Recorder<Int>()
    var lastTrouble: String? { nil }

    func chunk(_ index: Int, urgency: FetchUrgency) async throws(CancellationError) -> [UInt8] {
        asked.add(index)
        place.disk?.keep(index, stored: stored[index])
        return plain[index]
    }
}
