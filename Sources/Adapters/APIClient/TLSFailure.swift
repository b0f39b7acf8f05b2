import MusterBase
import NIOSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why a server's certificate was not taken. It is the cause of a ``MusterError`` with code `verification_failed`.
public enum TLSFailure: Error, Sendable, Hashable {
    /// The certificate's time has not come: most often this machine's clock is behind.
    case notYetValid(notBefore: Timestamp)
    case expired(notAfter: Timestamp)
    /// It names another address than the one that was called.
    case wrongAddress
    /// No authority that is trusted signed it.
    case untrusted
    /// The handshake went wrong in another way, in the library's words.
    case handshake(String)

    /// True when a right clock on this machine could mend it.
    public var isAboutTime: Bool {
        switch self {
        case .notYetValid, .expired: true
        case .wrongAddress, .untrusted, .handshake: false
        }
    }
}

extension TLSFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notYetValid(let time):
            "its certificate is valid only from \(time), and this machine's clock is before that"
        case .expired(let time): "its certificate expired at \(time) by this machine's clock"
        case .wrongAddress: "its certificate is not for this address"
        case .untrusted: "its certificate is not signed by this site's authority"
        case .handshake(let text): "the TLS handshake failed: \(text)"
        }
    }
}

extension MusterError {
    /// The TLS failure behind this error, if one is.
    public var tlsFailure: TLSFailure? {
        var next = cause
        while let error = next {
            if let failure = error as? TLSFailure { return failure }
            next = (error as? MusterError)?.cause
        }
        return nil
    }
}

extension TLSFailure {
    /// Judges the validity time of certificates; nil when the time is within all of them.
    static func ofTime(_ certificates: [NIOSSLCertificate], now: Timestamp) -> TLSFailure? {
        for certificate in certificates {
            let begin = Timestamp(seconds: Int64(certificate.notValidBefore))
            let end = Timestamp(seconds: Int64(certificate.notValidAfter))
            if now < begin { return .notYetValid(notBefore: begin) }
            if end < now { return .expired(notAfter: end) }
        }
        return nil
    }

    /// What NIOSSL's error says. Whether time is the reason it does not say.
    static func from(_ error: any Error) -> TLSFailure? {
        if let extra = error as? NIOSSLExtraError {
            return extra == .failedToValidateHostname ? .wrongAddress : .handshake(extra.description)
        }
        guard let error = error as? NIOSSLError else { return nil }
        switch error {
        case .unableToValidateCertificate: return .untrusted
        case .handshakeFailed(.sslError(let stack)):
            let text = stack.map(\.description).joined(separator: ", ")
            return text.contains("CERTIFICATE_VERIFY_FAILED") ? .untrusted : .handshake(text)
        case .handshakeFailed(let reason): return .handshake("\(reason)")
        default: return nil
        }
    }
}
