import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the kernel answered to a system call.
public struct KernelError: Error, Sendable, Hashable, CustomStringConvertible {
    public let number: Int32

    public init(_ number: Int32) { self.number = number }

    /// The last error of this thread. Read it before anything else is called.
    public static var last: KernelError { KernelError(errno) }

    public var description: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "error \(number)" }
    }
}

/// An error of code `systemFailure` (`notFound` for ENOENT, `exhausted` for a full disk) whose cause is the last error
/// of this thread.
public func systemError(_ message: String, _ number: KernelError = .last) -> MusterError {
    let code: MusterError.Code
    switch number.number {
    case ENOENT: code = .notFound
    case ENOSPC, EDQUOT: code = .exhausted
    case EACCES, EPERM: code = .forbidden
    default: code = .systemFailure
    }
    return MusterError(code, message, cause: number)
}
