/// The name of an rpm package's file: `rocky-release-9.4-1.7.el9.noarch.rpm`.
struct RPMFileName: Hashable {
    let name: String
    let version: String
    let release: String
    let architecture: String

    /// - Parameter path: of which the last component counts.
    init?(_ path: some StringProtocol) {
        guard let file = path.split(separator: "/").last, file.hasSuffix(".rpm") else { return nil }
        let whole = file.dropLast(4)
        guard let dot = whole.lastIndex(of: ".") else { return nil }
        let parts = whole[..<dot].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        name = parts.dropLast(2).joined(separator: "-")
        version = String(parts[parts.count - 2])
        release = String(parts[parts.count - 1])
        architecture = String(whole[whole.index(after: dot)...])
    }
}
