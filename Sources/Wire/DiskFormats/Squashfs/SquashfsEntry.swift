import MusterBase

/// One name in a squashfs file system, and what it stands for.
public struct SquashfsEntry: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case directory
        case file
        case symbolicLink(String)
        /// Majors to 4095, minors to 1048575.
        case blockDevice(major: UInt32, minor: UInt32)
        case characterDevice(major: UInt32, minor: UInt32)
        case fifo
        case socket
        /// Another name of what the path stands for, which may be added later and is no directory. All else of the
        /// entry is without meaning.
        case hardLink(String)
    }

    /// An extended attribute (xattr(7)) in the name space `user`, `trusted` or `security`; squashfs has no others, so no
    /// POSIX access control lists either.
    public struct Attribute: Sendable, Hashable {
        /// With the name space: `security.capability`.
        public var name: String
        public var value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }

        /// True when squashfs can hold an attribute of this name.
        public static func isSupported(_ name: String) -> Bool { SquashfsAttributes.split(name) != nil }
    }

    /// Relative, without `.` and `..`: `usr/bin/env`; empty for the root.
    public var path: String
    public var kind: Kind
    /// The twelve low bits of the mode.
    public var permissions: UInt16
    public var owner: UInt32
    public var group: UInt32
    /// Seconds since 1970; what squashfs has no number for (before 1970, after 2105) becomes the nearest it has.
    public var modificationTime: Int64
    public var attributes: [Attribute]

    public init(
        _ path: String, _ kind: Kind, permissions: UInt16, owner: UInt32 = 0, group: UInt32 = 0,
        modificationTime: Int64 = 0, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.permissions = permissions & 0o7777
        self.owner = owner
        self.group = group
        self.modificationTime = modificationTime
        self.attributes = attributes
    }
}

extension SquashfsEntry {
    /// Throws ``MusterError`` `invalidInput` for what the format cannot hold.
    func check() throws(MusterError) {
        switch kind {
        case .symbolicLink(let target):
            guard !target.isEmpty, target.utf8.count <= SquashfsFormat.longestTarget, !target.utf8.contains(0) else {
                throw wrong("a symbolic link to \(target.utf8.count) octets, of 1 to \(SquashfsFormat.longestTarget)")
            }
        case .blockDevice(let major, let minor), .characterDevice(let major, let minor):
            guard major <= 0xFFF, minor <= 0xF_FFFF else { throw wrong("the device number \(major):\(minor)") }
        default: break
        }
    }

    /// The parts of a path. Throws ``MusterError`` `invalidInput` for one that squashfs cannot hold.
    static func components(of path: String) throws(MusterError) -> [Substring] {
        guard path.utf8.count <= SquashfsFormat.longestPath else {
            throw MusterError(.invalidInput, "squashfs: a path of \(path.utf8.count) octets is too long")
        }
        if path.isEmpty { return [] }
        // By octets: to `String` a slash before a combining character is no slash.
        let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !path.utf8.contains(0) else {
            throw MusterError(.invalidInput, "squashfs: '\(path)' is no path in a file system")
        }
        guard components.allSatisfy({ $0.utf8.count <= SquashfsFormat.longestName }) else {
            throw MusterError(
                .invalidInput, "squashfs: a name in \(path) is longer than \(SquashfsFormat.longestName) octets")
        }
        return components
    }

    func wrong(_ what: String) -> MusterError {
        MusterError(.invalidInput, "squashfs cannot hold \(path): \(what)")
    }
}
