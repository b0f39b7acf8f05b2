import Profiles

/// The document that `muster profile rebase --output json` writes.
struct ProfileRebaseReport: Encodable {
    struct File: Encodable {
        /// Below the profile's directory.
        var path: String
        var outcome: ProfileRebase.Outcome
        /// As patch reads it.
        var diff: String?
    }

    var profile: String
    /// False when it was only looked at.
    var applied: Bool
    /// The versions of Muster; the first one is absent without a record.
    var from: String?
    var to: String
    var medium: String?
    var image: String?
    var variant: String?
    var files: [File]
    /// Boot files that were written, or would be.
    var bootFiles: [String]

    /// What people call the two versions.
    private let words: (from: String?, to: String)
    private let hasChanges: Bool

    private enum CodingKeys: String, CodingKey {
        case profile, applied, from, to, medium, image, variant, files, bootFiles
    }

    init(_ rebase: ProfileRebase, isDryRun: Bool) {
        profile = rebase.profile
        applied = !isDryRun
        from = rebase.from?.muster
        to = rebase.to.muster
        (medium, image, variant) = (rebase.to.medium, rebase.to.image, rebase.to.variant)
        files = rebase.files.map { .init(path: $0.path, outcome: $0.outcome, diff: $0.diff) }
        bootFiles = rebase.bootFiles
        words = (rebase.from?.description, rebase.to.description)
        hasChanges = rebase.hasChanges
    }

    /// A line for each file that does not stay as it is; under it the difference.
    func text(_ style: TextStyle) -> String {
        guard hasChanges else { return "\(profile) is as \(words.to) makes it; there is nothing to change\n" }
        let before = words.from == words.to ? nil : words.from
        var text = "\(profile): \(before.map { "from \($0) to " } ?? "")\(words.to)\n"
        if words.from == nil { text += "a record of what Muster writes \(applied ? "was begun" : "would be begun")\n" }
        for file in files where file.outcome != .unchanged {
            text += "\(style.paint(Self.word(file, from: words.from), .strong))  \(file.path)\n"
            text += (file.diff ?? "").isEmpty ? "" : printableLines(file.diff ?? "")
        }
        for file in bootFiles { text += "\(style.paint("written", .strong))  \(file)\n" }
        return text
    }

    private static func word(_ file: File, from: String?) -> String {
        from == nil && file.outcome == .resolved ? "yours" : file.outcome.rawValue
    }

    private func printableLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map { printable(String($0)) }.joined(
                separator: "\t")
        }.joined(separator: "\n")
    }
}
