import DeploymentModel

/// What an installer writes to its log, as far as it tells how the installation goes. Its lines come from programs of the
/// installer and of the system that it installs.
package struct InstallerLog: Sendable {
    /// What a line means.
    package enum Word: Sendable, Hashable {
        /// A step of the installer begins.
        case begins(String)
        /// A step of the installer failed: nobody is there to answer what it asks now.
        case failed(String)
    }

    /// The last lines, for what went wrong.
    package private(set) var last: [String] = []
    private var rest: [UInt8] = []

    private static let longestLine = 4096
    private static let keptLines = 8

    private let word: @Sendable (String) -> Word?

    /// - Parameter word: what a line means; nil for most.
    package init(_ word: @escaping @Sendable (String) -> Word?) { self.word = word }

    /// Takes further octets of the log.
    package mutating func take(_ octets: some Sequence<UInt8>) -> [Word] {
        var words: [Word] = []
        for octet in octets {
            guard octet == UInt8(ascii: "\n") else {
                if rest.count < Self.longestLine { rest.append(octet) }
                continue
            }
            let line = String(decoding: rest, as: UTF8.self)
            rest.removeAll(keepingCapacity: true)
            // What the agent itself says comes back by the kernel's log.
            guard !line.split(separator: " ").contains("muster:") else { continue }
            if Self.tells(line) { last = (last + [line]).suffix(Self.keptLines) }
            if let word = word(line) { words.append(word) }
        }
        return words
    }

    /// Whether there is more behind the program's name than the ends of lines that a terminal would have got.
    private static func tells(_ line: String) -> Bool {
        let words = line.split(separator: " ")
        guard let name = words.firstIndex(where: { $0.hasSuffix(":") }) else { return true }
        return words[(name + 1)...].contains { $0 != "^M" && $0.contains(where: \.isLetter) }
    }
}
