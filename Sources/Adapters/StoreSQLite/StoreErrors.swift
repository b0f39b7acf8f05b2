import GRDB
import MusterBase

/// The error at the module's border for whatever SQLite or GRDB throws.
func storeError(_ error: any Error, _ doing: String) -> MusterError {
    switch error {
    case let error as MusterError: error
    case let error as DatabaseError: storeError(error, doing)
    case is CancellationError: MusterError(.cancelled, doing)
    default: MusterError(.internalFailure, doing, cause: error)
    }
}

private func storeError(_ error: DatabaseError, _ doing: String) -> MusterError {
    let reason = MusterError(
        .systemFailure,
        "SQLite says '\(error.message ?? "nothing")' (\(error.extendedResultCode.rawValue))"
    )
    switch error.resultCode {
    case .SQLITE_FULL:
        return MusterError(.exhausted, doing, advice: "make room on the disk of the state directory", cause: reason)
    case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
        return MusterError(.exhausted, doing, advice: "make room on the disk of the state directory", cause: reason)
    case .SQLITE_MISUSE: return MusterError(.unavailable, "\(doing): the store is closed")
    case .SQLITE_BUSY, .SQLITE_LOCKED: return MusterError(.unavailable, doing, cause: reason)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return MusterError(.malformed, doing, cause: reason)
    case .SQLITE_INTERRUPT, .SQLITE_ABORT: return MusterError(.cancelled, doing, cause: reason)
    default: return MusterError(.systemFailure, doing, cause: reason)
    }
}
