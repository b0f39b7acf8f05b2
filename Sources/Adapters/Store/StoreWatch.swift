import MusterBase

/// The changes under a prefix, one batch a transaction.
///
/// The watcher pulls: nothing is buffered for it beyond the store's own bounded history, and one that falls behind the
/// history gets the error ``MusterError/Code/compacted``. Each iterator starts at the revision given to `watch`.
public struct StoreWatch: AsyncSequence, Sendable {
    public typealias Element = StoreChangeBatch
    public typealias Failure = MusterError

    /// Gives the next batch behind a revision, moves the revision on, and waits if there is none yet; nil at the end.
    public typealias Source =
        @Sendable (inout StoreRevision) async throws(MusterError) -> StoreChangeBatch?

    private let revision: StoreRevision
    private let source: Source

    /// For implementations of ``Store``.
    public init(after revision: StoreRevision, source: @escaping Source) {
        self.revision = revision
        self.source = source
    }

    public func makeAsyncIterator() -> Iterator { Iterator(revision: revision, source: source) }

    public struct Iterator: AsyncIteratorProtocol {
        /// All changes up to this one were given.
        public private(set) var revision: StoreRevision
        private let source: Source
        private var ended = false

        init(revision: StoreRevision, source: @escaping Source) {
            self.revision = revision
            self.source = source
        }

        public mutating func next() async throws(MusterError) -> StoreChangeBatch? { try await next(isolation: nil) }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(MusterError) -> StoreChangeBatch? {
            if ended { return nil }
            do {
                let batch = try await source(&revision)
                ended = batch == nil
                return batch
            } catch {
                ended = true
                throw error
            }
        }
    }
}
