/// The file of password digests (shadow(5)).
public enum ShadowFile {
    /// The text with root's password set, or with password log-in shut for root when `crypt` is nil. All else stays.
    ///
    /// - Parameter crypt: Text of crypt(3); one with a colon or line feed in it is not taken and counts as nil.
    public static func settingRoot(_ text: String, crypt: String?) -> String {
        let isClean = crypt.map { !$0.contains(":") && !$0.contains(where: \.isNewline) && !$0.isEmpty } ?? false
        let password = isClean ? crypt ?? "*" : "*"
        var isFound = false
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true).map { line -> String in
            var fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard fields[0] == "root", fields.count > 1 else { return String(line) }
            isFound = true
            fields[1] = password
            return fields.joined(separator: ":")
        }
        if !isFound { lines.insert("root:\(password):19000:0:99999:7:::", at: 0) }
        return lines.joined(separator: "\n") + "\n"
    }
}
