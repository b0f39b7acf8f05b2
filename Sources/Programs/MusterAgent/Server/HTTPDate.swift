import MusterBase

/// The time in an HTTP `Date` header (RFC 9110, section 5.6.7).
public enum HTTPDate {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers may send.
    public static func parse(_ text: some StringProtocol) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(where: { $0 == words[2] }),
            words[1].count == 2, words[3].count == 4
        else { return nil }
        let number = month + 1
        return Timestamp("\(words[3])-\(number < 10 ? "0" : "")\(number)-\(words[1])T\(words[4])Z")
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
