import CLinux
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends a part of a file as the body of an answer, no faster than the client takes it. Lives on one event loop.
final class FileTransfer {
    /// How the pieces get from disk to the network.
    enum Way {
        /// The kernel sends them from the file (sendfile): no copy, no encryption.
        case kernel
        /// Read on other threads, two pieces ahead.
        case read(NonBlockingFileIO)
    }

    private static let kernelPiece: Int64 = 4 << 20
    private static let readPiece: Int64 = 256 << 10
    private static let lookAgain = TimeAmount.milliseconds(500)

    private let handle: NIOFileHandle
    private let way: Way
    private var offset: Int64
    private let end: Int64
    private var writesUnderWay = 0
    private var isReading = false
    private var isOver = false
    private var watch: Scheduled<Void>?
    private var callback: ((Result<Void, any Error>) -> Void)?
    /// Octets that were handed to the network.
    private(set) var sent: Int64 = 0
    /// Called when the network took a piece.
    var onProgress: (() -> Void)?
    /// Called with the octets sent so far when the transfer is given up from outside.
    var onAbandon: ((Int64) -> Void)?

    init(_ handle: NIOFileHandle, _ range: Range<Int64>, way: Way) {
        self.handle = handle
        self.way = way
        offset = range.lowerBound
        end = range.upperBound
    }

    deinit { try? handle.close() }

    /// `completion` is called once, when all was taken or cannot be.
    func start(_ context: ChannelHandlerContext, completion: @escaping (Result<Void, any Error>) -> Void) {
        callback = completion
        pump(context)
    }

    /// Sends no more; the completion is not called.
    func abandon() {
        guard !isOver else { return }
        isOver = true
        onAbandon?(sent)
        dropCallbacks()
    }

    private func pump(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        if offset == end {
            if writesUnderWay == 0 { finish(.success(())) }
            return
        }
        switch way {
        case .kernel: if writesUnderWay == 0 { sendRegion(context) }
        case .read(let fileIO): if writesUnderWay < 2, !isReading { readPiece(context, fileIO) }
        }
    }

    private func sendRegion(_ context: ChannelHandlerContext) {
        let piece = min(end - offset, FileTransfer.kernelPiece)
        guard reaches(offset + piece) else {
            finish(.failure(FileRefusal.unreadable))
            return
        }
        let region = FileRegion(fileHandle: handle, readerIndex: Int(offset), endIndex: Int(offset + piece))
        write(.fileRegion(region), count: piece, context)
        if writesUnderWay > 0, watch == nil { watchLength(context.eventLoop) }
    }

    /// sendfile would ask for ever for octets behind the end of a file that was cut short: the socket is ready, and
    /// nothing comes.
    private func reaches(_ length: Int64) -> Bool {
        var info = muster_file_info()
        let isThere = (try? handle.withUnsafeFileDescriptor { muster_stat_descriptor($0, &info) }) == 0
        return isThere && info.size >= length
    }

    /// Looks now and then, while the client takes its time for a piece, whether the file still has it.
    private func watchLength(_ eventLoop: any EventLoop) {
        watch = eventLoop.assumeIsolated().scheduleTask(in: FileTransfer.lookAgain) {
            self.watch = nil
            guard !self.isOver else { return }
            guard self.reaches(self.offset) else { return self.finish(.failure(FileRefusal.unreadable)) }
            self.watchLength(eventLoop)
        }
    }

    private func readPiece(_ context: ChannelHandlerContext, _ fileIO: NonBlockingFileIO) {
        isReading = true
        let piece = min(end - offset, FileTransfer.readPiece)
        fileIO.read(
            fileHandle: handle, fromOffset: offset, byteCount: Int(piece), allocator: context.channel.allocator,
            eventLoop: context.eventLoop
        ).assumeIsolated().whenComplete { result in
            self.isReading = false
            guard !self.isOver else { return }
            switch result {
            case .success(let buffer) where buffer.readableBytes == Int(piece):
                self.write(.byteBuffer(buffer), count: piece, context)
                self.pump(context)
            case .success: self.finish(.failure(FileRefusal.unreadable))
            case .failure(let error): self.finish(.failure(error))
            }
        }
    }

    private func write(_ data: IOData, count: Int64, _ context: ChannelHandlerContext) {
        offset += count
        writesUnderWay += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(HTTPServerResponsePart.body(data)), promise: promise)
        promise.futureResult.assumeIsolated().whenComplete { result in
            self.writesUnderWay -= 1
            switch result {
            case .success:
                self.sent += count
                self.onProgress?()
                self.pump(context)
            case .failure(let error): self.finish(.failure(error))
            }
        }
    }

    private func finish(_ result: Result<Void, any Error>) {
        guard !isOver else { return }
        isOver = true
        let done = callback
        dropCallbacks()
        done?(result)
    }

    /// They hold the handler, which holds this.
    private func dropCallbacks() {
        watch?.cancel()
        watch = nil
        callback = nil
        onProgress = nil
        onAbandon = nil
    }
}
