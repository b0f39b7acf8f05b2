import FUSEWire
import LinuxSystem
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Mounts a file system with one file and answers the kernel, in threads of its own.
///
/// The threads take no part in Swift's pool, which has as many threads as the machine has processors: others may block
/// there on the very file that is served.
package final class FUSEServer: Sendable {
    /// Finds octets of the file and hands them over in parts, in order, whenever they are there and from whatever
    /// thread. It must not wait.
    package typealias Reader =
        @Sendable (_ offset: Int64, _ count: Int, _ answer: @escaping @Sendable ([ArraySlice<UInt8>]) -> Void) -> Void

    private struct Threads: Sendable {
        var running: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    package let mountPoint: String
    private let device: FUSEDevice
    private let session: Mutex<FUSESession>
    private let threads: Mutex<Threads>
    private let reader: Reader

    /// The longest read that the kernel is offered, in octets: what it takes at most since Linux 4.20.
    private static let longestRead = 1 << 20

    /// Mounts the file system on a directory, which has to be there.
    ///
    /// - Parameter threads: how many wait for requests.
    /// - Throws: what the kernel says; then nothing is mounted.
    package init(_ file: FUSEFile, at mountPoint: String, threads count: Int = 2, reader: @escaping Reader) throws {
        self.mountPoint = mountPoint
        self.reader = reader
        device = try FUSEDevice()
        session = Mutex(FUSESession(file: file, maximalRead: Self.longestRead, pageSize: Int(getpagesize())))
        threads = Mutex(Threads(running: max(1, count)))
        try Mounts.mount(
            "fuse", from: "muster-root", at: mountPoint, flags: [.readOnly, .noSetUID, .noDevices, .noExecution],
            data: "fd=\(device.descriptor),rootmode=40000,user_id=0,group_id=0,allow_other,"
                + "max_read=\(Self.longestRead)")
        for _ in 0..<max(1, count) { try startThread() }
    }

    /// Takes the file system out of the tree of directories and ends what waits for it: readers get an error.
    package func unmount() { Mounts.abandon(mountPoint) }

    /// Returns when the kernel has let go of the file system.
    package func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = threads.withLock { threads in
                if threads.running > 0 { threads.waiters.append(continuation) }
                return threads.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private func startThread() throws {
        let pointer = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<FUSEServer>.fromOpaque(pointer).takeRetainedValue().serve() }
                return nil
            }, pointer.toOpaque())
        guard error == 0 else {
            pointer.release()
            unmount()
            throw systemError("cannot start a thread that serves \(mountPoint)", KernelError(error))
        }
        pthread_detach(thread)
    }

    // MARK: A thread

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while let count = device.receive(into: &buffer) {
            let action = session.withLock { $0.handle(buffer[..<count]) }
            guard carryOut(action) else { break }
        }
        let waiters = threads.withLock { threads in
            threads.running -= 1
            guard threads.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { threads.waiters = [] }
            return threads.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// - Returns: false when the session is over.
    private func carryOut(_ action: FUSESession.Action) -> Bool {
        switch action {
        case .nothing: break
        case .reply(let octets): device.send([octets[...]])
        case .read(let unique, let offset, let count):
            let device = device
            reader(offset, count) { parts in
                let payload = parts.reduce(0) { $0 + $1.count }
                device.send([FUSEReply.header(unique: unique, payload: payload)[...]] + parts)
            }
        case .end(let octets):
            device.send([octets[...]])
            return false
        }
        return true
    }
}
