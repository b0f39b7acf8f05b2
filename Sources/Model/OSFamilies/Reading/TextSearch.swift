/// What stands directly behind a text, as long as its characters are of a version: digits, dots and dashes, a digit
/// first. Nil when there is no such thing.
func versionText(after lead: String, in text: String, allowing others: String = "") -> String? {
    var rest = Substring(text)
    while let found = rest.firstRange(of: lead) {
        let version = rest[found.upperBound...].prefix { ("0"..."9").contains($0) || $0 == "." || others.contains($0) }
        if let first = version.first, ("0"..."9").contains(first) {
            return String(version.reversed().drop { $0 == "." || others.contains($0) }.reversed())
        }
        rest = rest[found.upperBound...]
    }
    return nil
}
