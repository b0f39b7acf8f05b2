import MusterBase
import OSFamilies

/// What was compared when a medium was imported, and what it gave no means to compare. A medium with a wrong checksum or
/// signature is not imported, so nothing of the kind is in here.
public struct MediumVerification: Sendable, Hashable, Codable {
    /// One list of checksums.
    public struct List: Sendable, Hashable, Codable {
        public var path: String
        /// The strongest algorithm in it.
        public var algorithm: ExpectedChecksum.Algorithm?
        /// Files that have the digest which the list says.
        public var matched: Int
        /// Files that it names and that are not on the medium.
        public var absent: Int
        public var signature: Signature

        package init(
            path: String, algorithm: ExpectedChecksum.Algorithm?, matched: Int, absent: Int, signature: Signature
        ) {
            self.path = path
            self.algorithm = algorithm
            self.matched = matched
            self.absent = absent
            self.signature = signature
        }
    }

    /// A file with a signature of its own.
    public struct SignedFile: Sendable, Hashable, Codable {
        public var path: String
        public var signature: Signature

        package init(path: String, signature: Signature) {
            self.path = path
            self.signature = signature
        }
    }

    public struct Signature: Sendable, Hashable, Codable {
        public enum State: String, Sendable, Hashable, Codable {
            case good
            /// The medium has none.
            case none
            /// It is by a key that is in no keyring here.
            case unknownKey = "unknown_key"
            /// It is by a key that has expired or was revoked.
            case expiredKey = "expired_key"
            /// There is no keyring for the distribution.
            case noKeyring = "no_keyring"
            /// gpgv is not installed.
            case noProgram = "no_program"
            /// It was not looked at.
            case notChecked = "not_checked"
        }

        public var state: State
        /// The key's owner, as the key says; else the key.
        public var signer: String?

        package init(state: State, signer: String?) {
            self.state = state
            self.signer = signer
        }

        package static let none = Signature(state: .none, signer: nil)
    }

    public var lists: [List] = []
    public var signedFiles: [SignedFile] = []
    /// How many files no list names: they are taken as they are.
    public var unlisted = 0

    package init() {}
}
