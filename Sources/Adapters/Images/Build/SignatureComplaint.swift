import MusterBase
import Synchronization

/// Looks for the line by which dnf or zypper says that a package is signed by nobody whom the recipe names: they end with
/// less telling words.
final class SignatureComplaint: Sendable {
    private let line = Mutex<String?>(nil)

    /// Words of both, the more telling ones first.
    private static let signs = [
        "Failing package is:", "is not signed", "is not correctly signed", "Signature verification failed",
        "GPG check FAILED",
    ]

    func look(at text: String) {
        guard Self.signs.contains(where: text.contains) else { return }
        line.withLock { line in if line == nil { line = text } }
    }

    /// The error to throw in the place of another.
    ///
    /// - Parameter doing: What was being done, as in "building the image rocky-9".
    func explain(_ error: any Error, doing: String) -> any Error {
        guard let line = line.withLock({ $0 }), let known = error as? MusterError, known.code == .systemFailure else {
            return error
        }
        return MusterError(
            .verificationFailed, "\(doing): a package is not signed by a key of the recipe: \(line)",
            advice: "check the recipe's keys, and where the package comes from", cause: known)
    }
}
