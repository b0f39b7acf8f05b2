import MusterBase

/// What an image is built from. Kept as a YAML file; docs/reference/recipe.md describes its keys.
public struct Recipe: Hashable, Sendable {
    /// The processor, in the words of the distribution.
    public enum Architecture: String, Sendable, CaseIterable {
        case amd64
        case arm64

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
    /// `debian`.
    public var distribution: String
    /// `bookworm`.
    public var suite: String
    public var architecture: Architecture
    /// Empty: those that this host uses, or else the distribution's own.
    public var mirrors: [Mirror]
    public var components: [String]
    public var packages: [String]
    /// The package of the kernel.
    public var kernel: String
    public var files: [File]
    /// Shell lines, run in the tree one after the other; the first that fails ends the build.
    public var commands: [String]
    public var enabledServices: [String]
    public var disabledServices: [String]
    public var locale: String
    /// Whether manual pages and documentation are kept.
    public var documentation: Bool
    /// Of the file's bytes.
    public var digest: ContentDigest
}
