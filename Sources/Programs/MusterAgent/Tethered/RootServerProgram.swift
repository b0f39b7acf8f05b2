import CLinux
@preconcurrency import Dispatch
import FUSEWire
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The agent as the process that serves a root file system. It is started by ``RootServer``, before the root is
/// switched, and lives as long as the system: nothing that it needs comes from the file system that it serves.
///
/// After the switch its root directory is the old initramfs, now empty: what it wants of the file system it opens
/// before it says that it is ready, or is given open.
enum RootServerProgram {
    /// Runs until the kernel lets go of the file system; the process's exit status.
    ///
    /// Standard input is ``RootServerParameters``. To standard output goes one line, `ready` or what is wrong.
    static func run() async -> Int32 {
        let console = KernelLog()
        do {
            let parameters = try MusterJSON.decode(
                RootServerParameters.self, from: try readAll(0), of: "what the root's server is told")
            harden(parameters, console)
            let refusals = RefusalLog(names: parameters.members, console: console)
            let place = AttachedDisk()
            let members = try MemberChunks(parameters)
            let file = try lazyFile(parameters, members, refusals, place, console)
            let shown = try FUSEFile(name: TetheredRoot.fileName, size: file.layout.size)
            let server = try FUSEServer(shown, at: parameters.mountPoint) { offset, count, answer in
                file.read(at: offset, count: count, answer)
            }
            let status = parameters.statusDirectory.map {
                RootServerStatusFile(directory: $0, file: file, members: members, refusals: refusals, place: place)
            }
            let connection = parameters.disk != nil ? fcntl(1, F_DUPFD_CLOEXEC, 3) : -1
            try say(RootServer.ready)
            file.start()
            if connection >= 0 { awaitDisk(connection, parameters, file, place, console) }
            let writing = Task { await status?.keep() }
            await server.waitForEnd()
            writing.cancel()
            file.close()
            return 0
        } catch {
            try? say("\(error)")
            return 1
        }
    }

    /// Sees to it that the kernel takes no memory from this process and does not choose it when memory is short.
    private static func harden(_ parameters: RootServerParameters, _ console: KernelLog) {
        do {
            try Files.write("muster-root", to: "/proc/self/comm")
            try Files.write("-1000", to: "/proc/self/oom_score_adj")
        } catch {
            console.line("the root file system's server may be killed when memory is short: \(error)")
        }
        if parameters.locksMemory, muster_lock_memory() != 0 {
            console.line("the root file system's server cannot lock its memory: \(KernelError.last)")
        }
    }

    private static func lazyFile(
        _ parameters: RootServerParameters, _ members: MemberChunks, _ refusals: RefusalLog, _ place: AttachedDisk,
        _ console: KernelLog
    ) throws -> LazyFile {
        let layout = try parameters.layout()
        let fetcher = MemberFetcher(
            layout: layout, members: parameters.members.count,
            onRefusal: { refusals.note(chunk: $0, member: $1, $2) },
            request: members.request { place.disk?.keep($0, stored: $1) })
        let store = try parameters.fillDirectory.map { try ChunkStore(in: $0, size: layout.size) }
        return LazyFile(
            layout: layout, settings: parameters.settings, source: DiskFirst(fetcher, place), store: store,
            recordedOrder: parameters.recordedOrder, console: console)
    }

    /// Waits on a thread of its own for the disk that the agent finds once the image has given its drivers. The connection
    /// ends when the root is switched, at the latest.
    private static func awaitDisk(
        _ connection: Int32, _ parameters: RootServerParameters, _ file: LazyFile, _ place: AttachedDisk,
        _ console: KernelLog
    ) {
        DispatchQueue.global().async {
            defer { close(connection) }
            let descriptor = muster_receive_descriptor(connection)
            guard descriptor >= 0 else { return }
            do {
                let cipher = ChunkCipher(try parameters.chunkKey())
                let disk = try ChunkDisk(descriptor, chunks: parameters.chunks, cipher: cipher)
                place.attach(disk)
                if parameters.disk == .all { file.fill(disk) }
            } catch {
                console.line("chunks of the root file system are not kept on the disk: \(error)")
            }
        }
    }

    private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemError("cannot read what the root's server is told") }
            if count == 0 { return octets }
            octets += piece[..<count]
        }
    }

    /// Tells the one that started this, and lets go of it.
    private static func say(_ text: String) throws {
        let octets = Array("\(text)\n".utf8)
        let count = octets.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
        // Not closed: the number must not come to stand for something else.
        let nothing = open("/dev/null", O_WRONLY)
        if nothing >= 0 {
            dup2(nothing, 1)
            close(nothing)
        }
        guard count == octets.count else { throw systemError("cannot tell that the root file system is served") }
    }
}
