import MusterBase

/// What an image is built from. Kept as a YAML file; docs/reference/recipe.md describes its keys.
public struct Recipe: Hashable, Sendable {
    /// The processor, in Debian's words.
    public enum Architecture: String, Sendable, CaseIterable {
        case amd64
        case arm64

        /// In the words of a family of distributions.
        func word(in family: Family) -> String { family == .apt ? rawValue : machine }

        /// As `uname -m` says it.
        public var machine: String {
            switch self {
            case .amd64: "x86_64"
            case .arm64: "aarch64"
            }
        }
    }

    /// A package repository, in the words of sources.list.
    public struct Mirror: Hashable, Sendable {
        public var uri: String
        public var suites: [String]
        /// Nil for those of the recipe.
        public var components: [String]?
        /// Who may sign its index, besides those whom apt on this host trusts.
        public var keys: [Key] = []
    }

    /// A package repository of dnf, zypper or apk.
    public struct Repository: Hashable, Sendable {
        /// Where its packages are to be found.
        public enum Address: Hashable, Sendable {
            case base(String)
            /// Of a list of base addresses, one a line.
            case mirrorList(String)
            case metalink(String)
        }

        public var name: String
        public var address: Address
        /// Who may sign its packages, or, with apk, its index.
        public var keys: [Key]
        /// Whether its index must be signed, too.
        public var isIndexSigned: Bool
    }

    /// A public key of those who make packages.
    public enum Key: Hashable, Sendable {
        /// The key itself; with apk its file has this name.
        case content(String, name: String?)
        /// Absolute path on the host that builds.
        case file(String)
        /// Fetched over https.
        case url(String)
    }

    /// Somebody who may log in, without a password.
    public struct User: Hashable, Sendable {
        public var name: String
        public var number: UInt32
        /// Besides the user's own.
        public var groups: [String]
        public var shell: String
        public var home: String
        public var label: String?
        /// Lines of authorized_keys.
        public var sshKeys: [String]
    }

    /// A file that is put into the tree before the commands run; owned by root.
    public struct File: Hashable, Sendable {
        /// Absolute.
        public var path: String
        /// Twelve bits.
        public var permissions: UInt16
        public var content: String
    }

    /// The name of the images that it builds.
    public var name: String
    public var label: String?
    public var distribution: Distribution
    /// Code name or number of the release: `bookworm`, `9`.
    public var release: String
    public var architecture: Architecture
    /// Of apt; empty: those that this host uses, or else the distribution's own.
    public var mirrors: [Mirror]
    /// Of apt.
    public var components: [String]
    /// Of dnf, zypper and apk.
    public var repositories: [Repository]
    public var packages: [String]
    /// The package of the kernel.
    public var kernel: String
    public var files: [File]
    /// Shell lines, run in the tree one after the other; the first that fails ends the build.
    public var commands: [String]
    public var enabledServices: [String]
    public var disabledServices: [String]
    public var users: [User]
    public var locale: String
    /// Whether manual pages and documentation are kept.
    public var documentation: Bool
    /// Of the file's bytes.
    public var digest: ContentDigest
}
