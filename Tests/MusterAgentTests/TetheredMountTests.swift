import FUSEWire
import Foundation
import Glibc
import LinuxSystem
import MusterAgent
import MusterBase
import Synchronization
import TestSupport
import Testing

/// The peer's: Muster writes its own.
private let mksquashfs = Tool(
    "mksquashfs", candidates: ["/usr/bin/mksquashfs", "/usr/sbin/mksquashfs"], package: "squashfs-tools")

/// Whether a loop device with a squashfs can be mounted here.
private let isSquashfsThere =
    isFUSEThere && access("/dev/loop-control", R_OK | W_OK) == 0
    && (try? Files.readText("/proc/filesystems", limit: 65_536))?.contains("squashfs") == true
    && mksquashfs.installedPath != nil

/// A member of which the test says how it is.
private final class Member: Sendable {
    enum Mood: Sendable { case well, failing, silent }

    private let state = Mutex((mood: Mood.well, calls: 0, silentAfter: Int.max))

    var calls: Int { state.withLock { $0.calls } }

    func become(_ mood: Mood) { state.withLock { $0.mood = mood } }

    /// It answers so many requests more, and nothing afterwards.
    func dieAfter(_ calls: Int) { state.withLock { $0.silentAfter = $0.calls + calls } }

    func give(_ octets: [UInt8]) async throws -> [UInt8] {
        let mood = state.withLock { state in
            state.calls += 1
            return state.calls > state.silentAfter ? .silent : state.mood
        }
        switch mood {
        case .well: return octets
        case .failing: throw MusterError(.unavailable, "connection refused")
        case .silent:
            // A machine without power: nothing comes until the request is given up.
            while true { try await Task.sleep(for: .seconds(3600)) }
        }
    }
}

@Suite("A lazy file, mounted", .enabled(if: isFUSEThere, "needs root and /dev/fuse"))
struct TetheredMountTests {
    private let content = distinctOctets(12_000_000)
    private let layout: ChunkLayout
    private let members = (0..<3).map { _ in Member() }
    private let console = RecordedConsole()

    init() throws { layout = try ChunkLayout(lengths: chunkLengths(content.count)) }

    private func lazyFile(cache: Int, store: ChunkStore? = nil, recordedOrder: [Int] = []) -> LazyFile {
        let (content, layout, members) = (content, layout, members)
        let fetcher = MemberFetcher(layout: layout, members: members.count) { chunk, member in
            let range = layout.range(of: chunk)
            return try await members[member].give(Array(content[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
        return LazyFile(
            layout: layout, settings: LazyFileSettings(cacheLimit: cache), source: fetcher, store: store,
            recordedOrder: recordedOrder, console: console)
    }

    /// Mounts a lazy file for the time of `body`, which gets its path. Nothing is left of it afterwards.
    private func withMounted(_ file: LazyFile, _ body: (String) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let shown = try FUSEFile(name: "root.squashfs", size: file.layout.size)
        let server = try FUSEServer(shown, at: directory.path) { offset, count, answer in
            file.read(at: offset, count: count, answer)
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(directory.path + "/root.squashfs")) } catch { result = .failure(error) }
        server.unmount()
        await server.waitForEnd()
        file.close()
        #expect(!Mounts.isMountPoint(directory.path))
        #expect(try Files.readText("/proc/self/mountinfo", limit: 1 << 20).contains(directory.path) == false)
        try result.get()
    }

    /// Compares pieces at random places, on several threads.
    private func compareAtRandom(_ path: String, threads: Int, reads: Int) async throws {
        let content = content
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<threads {
                group.addTask {
                    try await onThread { () throws -> Void in
                        var generator = SeededGenerator(seed: UInt64(seed))
                        for _ in 0..<reads {
                            let offset = Int.random(in: 0..<content.count, using: &generator)
                            let count = Int.random(in: 1...500_000, using: &generator)
                            let octets = try readFile(path, at: Int64(offset), count: count)
                            let isRight = octets == Array(content[offset..<min(content.count, offset + count)])
                            #expect(isRight, "\(count) octets at \(offset)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("the whole file and random reads of several threads are as the original, within the memory's bound")
    func content() async throws {
        let file = lazyFile(cache: 1 << 20)
        let content = content
        try await withMounted(file) { path in
            try await compareAtRandom(path, threads: 4, reads: 20)
            #expect(file.progress.cachedSize <= 1 << 20)
            let whole = try await onThread { try readFile(path, at: 0, count: 20_000_000) }
            #expect(whole == content)
            #expect(file.progress.cachedSize <= 1 << 20)
            #expect(Set(file.askedOrder) == Set(0..<layout.count))
        }
        #expect(members.allSatisfy { $0.calls > 0 })
    }

    @Test("while all members fail a read waits, and it goes on when one is back")
    func waits() async throws {
        for member in members { member.become(.failing) }
        let file = lazyFile(cache: 1 << 20)
        let content = content
        try await withMounted(file) { path in
            let octets = Task { try await onThread { try readFile(path, at: 5_000_000, count: 100_000) } }
            try await waitForState(otherwise: "each was not asked twice") {
                members.allSatisfy { $0.calls > 1 } ? true : nil
            }
            members[1].become(.well)
            #expect(try await octets.value == Array(content[5_000_000..<5_100_000]))
        }
    }

    @Test("a member that dies in the middle is not noticed by readers but by time")
    func memberDies() async throws {
        members[0].dieAfter(5)
        members[2].become(.failing)
        let file = lazyFile(cache: 1 << 20)
        try await withMounted(file) { path in
            try await compareAtRandom(path, threads: 3, reads: 10)
        }
        #expect(members[0].calls > 5 && members[1].calls > 5)
    }

    @Test("when all is in the store, nobody is asked any more")
    func filled() async throws {
        try await withTemporaryDirectory { directory in
            let file = lazyFile(cache: 1 << 20, store: try ChunkStore(in: directory, size: layout.size))
            try await withMounted(file) { path in
                file.start()
                try await waitForState(otherwise: "not complete") { file.progress.isComplete ? true : nil }
                for member in members { member.become(.silent) }
                try await compareAtRandom(path, threads: 2, reads: 10)
                #expect(file.progress.fetched == layout.count)
            }
        }
    }

    @Test(
        "a squashfs in it is mounted through a loop device, and all goes with the last mount",
        .enabled(if: isSquashfsThere, "needs loop, squashfs and mksquashfs"))
    func squashfs() async throws {
        let directory = try TemporaryDirectory()
        let tree = try TemporaryDirectory()
        for index in 0..<40 { try tree.write(distinctOctets(20_000 * index + 1), to: "d\(index % 3)/f\(index)") }
        let image = directory.path("image")
        _ = try await SystemToolRunner().run(mksquashfs, [tree.path, image, "-quiet", "-no-progress"])
        let octets = try Files.read(image, limit: 1 << 30)
        let layout = try ChunkLayout(lengths: chunkLengths(octets.count))
        let source = MemorySource(content: octets, layout: layout)
        let file = LazyFile(layout: layout, source: source, console: console)
        for name in ["fuse", "lower"] { try directory.makeDirectory(name) }
        let (hidden, lower) = (directory.path("fuse"), directory.path("lower"))
        let server = try FUSEServer(try FUSEFile(name: "root.squashfs", size: layout.size), at: hidden) {
            file.read(at: $0, count: $1, $2)
        }
        let found = try await onThread {
            try LoopDevice.withReadOnly(hidden + "/root.squashfs", isDirect: true) {
                try Mounts.mount("squashfs", from: $0, at: lower, flags: [.readOnly, .noDevices])
            }
            // What TetheredRoot does: the loop device holds it.
            try Mounts.detach(hidden)
            return try (0..<40).map { try Files.read("\(lower)/d\($0 % 3)/f\($0)", limit: 1 << 20) }
        }
        #expect(found == (0..<40).map { distinctOctets(20_000 * $0 + 1) })
        #expect(source.asked.all.count == Set(source.asked.all).count)
        try await onThread { try Mounts.unmount(lower) }
        await server.waitForEnd()
        file.close()
    }
}
