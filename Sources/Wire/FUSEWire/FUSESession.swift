import MusterBase

/// The server's side of the kernel's FUSE protocol (include/uapi/linux/fuse.h, version 7) for a read-only file system
/// of one directory with one file. Requests in, actions out; whoever has /dev/fuse carries them out.
public struct FUSESession: Sendable {
    /// What a request leads to.
    public enum Action: Sendable, Hashable {
        /// Write these octets to the device.
        case reply([UInt8])
        /// Find these octets of the file, all of them within it, and reply with ``FUSEReply/header(unique:payload:)``
        /// before them. In whatever order, and whenever they are there.
        case read(unique: UInt64, offset: Int64, count: Int)
        /// There is nothing to reply.
        case nothing
        /// The kernel has let go of the file system. Write these octets, and end.
        case end([UInt8])
    }

    /// Version 7.23 brought today's form of the answer to INIT.
    static let oldestMinor: UInt32 = 23
    /// The version that this module was written after. A newer kernel keeps to it.
    static let ownMinor: UInt32 = 38
    /// How long the kernel may believe names and attributes, in seconds: nothing ever changes.
    private static let validity: UInt64 = 31_536_000
    /// No kernel asks for so much at once.
    private static let longestRead: UInt32 = 64 << 20

    public let file: FUSEFile
    /// The longest read that is offered to the kernel, in pages.
    private let maximalPages: UInt16
    private let pageSize: Int
    /// True once the kernel and this side agreed on a version.
    public private(set) var isInitialized = false

    /// - Parameters:
    ///   - maximalRead: the longest read that the kernel may ask for, in octets.
    ///   - pageSize: of the kernel, in octets.
    public init(file: FUSEFile, maximalRead: Int = 1 << 20, pageSize: Int = 4096) {
        self.file = file
        self.pageSize = max(512, pageSize)
        maximalPages = UInt16(clamping: max(1, maximalRead / self.pageSize))
    }

    /// Takes one request, exactly as it was read from the device.
    public mutating func handle(_ bytes: ArraySlice<UInt8>) -> Action {
        guard let request = FUSERequest(bytes) else { return .nothing }
        if request.isCut { return isSilent(request) ? .nothing : failure(.invalid, request) }
        do {
            if request.opcode == .initialize { return try initialize(request) }
            guard isInitialized else { return isSilent(request) ? .nothing : failure(.inputOutput, request) }
            return try answer(request)
        } catch {
            return failure(.invalid, request)
        }
    }

    /// Requests that must not be answered.
    private func isSilent(_ request: FUSERequest) -> Bool {
        [.forget, .batchForget, .notifyReply].contains(request.opcode)
    }

    private func answer(_ request: FUSERequest) throws(MusterError) -> Action {
        guard let opcode = request.opcode else { return failure(.noSuchCall, request) }
        switch opcode {
        // Neither node ever goes, so nothing is counted.
        case .forget, .batchForget, .notifyReply: return .nothing
        case .destroy: return .end(FUSEReply.success(unique: request.unique))
        case .statFileSystem: return statFileSystem(request)
        // The kernel does not ask again after this answer: a read is never given up.
        case .interrupt: return failure(.noSuchCall, request)
        case _ where opcode.isWriting: return failure(.readOnly, request)
        default: break
        }
        guard let node = FUSENode(rawValue: request.node) else { return failure(.stale, request) }
        switch opcode {
        case .lookup: return lookUp(request, in: node)
        case .getAttributes: return attributes(request, of: node)
        case .access: return try access(request)
        case .open: return try open(request, node, wanted: .file)
        case .openDirectory: return try open(request, node, wanted: .root)
        case .read: return try read(request, node)
        case .readDirectory: return try readDirectory(request, node)
        case .release, .releaseDirectory: return success(request)
        case .readLink: return failure(.invalid, request)
        default: return failure(.noSuchCall, request)
        }
    }

    // MARK: INIT

    private enum Flag {
        static let asynchronousRead: UInt32 = 1 << 0
        static let asynchronousDirect: UInt32 = 1 << 15
        static let parallelDirectories: UInt32 = 1 << 18
        static let maximalPages: UInt32 = 1 << 22
        static let wanted = asynchronousRead | asynchronousDirect | parallelDirectories | maximalPages
    }

    private mutating func initialize(_ request: FUSERequest) throws(MusterError) -> Action {
        var reader = request.reader
        let major: UInt32 = try reader.readNative()
        let minor: UInt32 = try reader.readNative()
        if major > 7 {
            // The kernel asks again in the version that it is told here.
            var writer = ByteWriter()
            writer.writeNative(UInt32(7))
            writer.writeNative(Self.ownMinor)
            writer.writeZeros(56)
            return success(request, writer)
        }
        guard major == 7, minor >= Self.oldestMinor else { return failure(.protocolMismatch, request) }
        let readAhead: UInt32 = try reader.readNative()
        let offered: UInt32 = try reader.readNative()
        isInitialized = true
        return success(request, agreement(minor: minor, readAhead: readAhead, flags: offered & Flag.wanted))
    }

    /// `struct fuse_init_out`.
    private func agreement(minor: UInt32, readAhead: UInt32, flags: UInt32) -> ByteWriter {
        var writer = ByteWriter(reserving: 64)
        writer.writeNative(UInt32(7))
        writer.writeNative(min(minor, Self.ownMinor))
        writer.writeNative(readAhead)
        writer.writeNative(flags)
        // So many requests that nobody waits for may be on the way; from the second number on, readers are held up.
        writer.writeNative(UInt16(64))
        writer.writeNative(UInt16(48))
        // The longest write. There is none; the kernel takes no less.
        writer.writeNative(UInt32(4096))
        // Times are in units of so many nanoseconds.
        writer.writeNative(UInt32(1_000_000_000))
        writer.writeNative(maximalPages)
        writer.writeZeros(2 + 4 + 28)
        return writer
    }

    // MARK: Names and attributes

    private func lookUp(_ request: FUSERequest, in node: FUSENode) -> Action {
        guard node == .root else { return failure(.notDirectory, request) }
        guard request.body.last == 0, request.body.dropLast().elementsEqual(file.name.utf8) else {
            return failure(.noEntry, request)
        }
        var writer = ByteWriter(reserving: 128)
        writer.writeNative(FUSENode.file.rawValue)
        writer.writeNative(UInt64(0))
        writer.writeNative(Self.validity)
        writer.writeNative(Self.validity)
        writer.writeZeros(8)
        writer.write(.file, of: file)
        return success(request, writer)
    }

    private func attributes(_ request: FUSERequest, of node: FUSENode) -> Action {
        var writer = ByteWriter(reserving: 104)
        writer.writeNative(Self.validity)
        writer.writeZeros(8)
        writer.write(node, of: file)
        return success(request, writer)
    }

    private func access(_ request: FUSERequest) throws(MusterError) -> Action {
        var reader = request.reader
        let mask: UInt32 = try reader.readNative()
        return mask & 2 != 0 ? failure(.readOnly, request) : success(request)
    }

    private func statFileSystem(_ request: FUSERequest) -> Action {
        var writer = ByteWriter(reserving: 80)
        writer.writeNative((UInt64(file.size) + 4095) / 4096)
        writer.writeZeros(16)
        writer.writeNative(UInt64(2))
        writer.writeZeros(8)
        writer.writeNative(UInt32(4096))
        writer.writeNative(UInt32(255))
        writer.writeNative(UInt32(4096))
        writer.writeZeros(28)
        return success(request, writer)
    }

    // MARK: Content

    private func open(_ request: FUSERequest, _ node: FUSENode, wanted: FUSENode) throws(MusterError) -> Action {
        guard node == wanted else { return failure(node == .root ? .isDirectory : .notDirectory, request) }
        var reader = request.reader
        let flags: UInt32 = try reader.readNative()
        // O_ACCMODE: anything but reading.
        guard flags & 3 == 0 else { return failure(.readOnly, request) }
        var writer = ByteWriter(reserving: 16)
        writer.writeNative(node.rawValue)
        // FOPEN_KEEP_CACHE, and FOPEN_CACHE_DIR: what was read once stays right.
        writer.writeNative(UInt32(node == .file ? 1 << 1 : 1 << 3))
        writer.writeZeros(4)
        return success(request, writer)
    }

    private func read(_ request: FUSERequest, _ node: FUSENode) throws(MusterError) -> Action {
        guard node == .file else { return failure(.isDirectory, request) }
        let (offset, size) = try readRange(request)
        guard offset <= UInt64(Int64.max), size <= Self.longestRead else { return failure(.invalid, request) }
        let start = Int64(offset)
        guard start < file.size, size > 0 else { return success(request) }
        return .read(unique: request.unique, offset: start, count: Int(min(Int64(size), file.size - start)))
    }

    private func readRange(_ request: FUSERequest) throws(MusterError) -> (offset: UInt64, size: UInt32) {
        var reader = request.reader
        try reader.skip(8)
        return (try reader.readNative(), try reader.readNative())
    }

    private func readDirectory(_ request: FUSERequest, _ node: FUSENode) throws(MusterError) -> Action {
        guard node == .root else { return failure(.notDirectory, request) }
        let (offset, size) = try readRange(request)
        let entries: [(name: String, node: FUSENode)] = [(".", .root), ("..", .root), (file.name, .file)]
        var writer = ByteWriter()
        for (index, entry) in entries.enumerated() where UInt64(index) >= offset {
            var next = writer
            next.writeDirectoryEntry(entry.name, node: entry.node, next: index + 1)
            guard next.count <= Int(size) else { break }
            writer = next
        }
        return success(request, writer)
    }

    private func success(_ request: FUSERequest, _ payload: ByteWriter = ByteWriter()) -> Action {
        .reply(FUSEReply.success(unique: request.unique, payload))
    }

    private func failure(_ error: FUSEError, _ request: FUSERequest) -> Action {
        .reply(FUSEReply.failure(error, unique: request.unique))
    }
}
