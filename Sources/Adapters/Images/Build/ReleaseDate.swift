import LinuxSystem
import MusterBase

/// The date of package repositories: the newest `Date:` of their signed indexes. It stands for "now" in a build, so that
/// a second build from the same state of the repositories gives the same bits.
package struct ReleaseDate {
    let tools: any ToolRunner
    /// For the downloaded indexes.
    let workDirectory: String

    /// Throws ``MusterError`` `unavailable` when an index cannot be had. The index's signature is checked later, by apt
    /// in the build itself: the date alone decides on nothing but time stamps.
    func newest(of sources: [AptSource]) async throws -> Timestamp {
        var newest: Timestamp?
        for source in Set(sources.map(\.releaseURI)).sorted() {
            let date = try await date(of: source)
            newest = max(newest ?? date, date)
        }
        guard let newest else { throw MusterError(.invalidInput, "no package repository to build from") }
        return newest
    }

    private func date(of uri: String) async throws -> Timestamp {
        let path = "\(workDirectory)/InRelease"
        try Files.remove(path)
        defer { try? Files.remove(path) }
        do {
            _ = try await tools.check(.aptHelper, ["download-file", uri, path], doing: "downloading \(uri)")
        } catch let error as MusterError where error.code == .systemFailure {
            // In the words of APT's method for HTTP.
            guard !error.message.contains("404  Not Found") else {
                throw MusterError(
                    .notFound, "the package repository has no \(uri)", advice: "check the suite and the address")
            }
            throw MusterError(
                .unavailable, "the package repository does not answer",
                advice: "check the address and the proxy settings", cause: error)
        }
        guard let date = Self.date(inRelease: try Files.readText(path, limit: 16 << 20)) else {
            throw MusterError(.malformed, "\(uri) has no date")
        }
        return date
    }

    /// The field `Date:`, in the form of RFC 5322: `Sat, 11 Jul 2026 10:16:07 UTC`.
    package static func date(inRelease text: String) -> Timestamp? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Date:") }) else { return nil }
        let words = line.dropFirst(5).split { $0 == " " || $0 == "," }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, let month = months.firstIndex(of: String(words[2])),
            ["UTC", "GMT", "+0000"].contains(words[5]), words[4].count == 8, words[3].count == 4
        else { return nil }
        func two(_ number: some StringProtocol) -> String { number.count < 2 ? "0\(number)" : String(number) }
        return Timestamp("\(words[3])-\(two(String(month + 1)))-\(two(words[1]))T\(words[4])Z")
    }
}
