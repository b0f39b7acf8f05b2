import MusterBase

/// `1 node`, `2 nodes`.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
    count == 1 ? "1 \(singular)" : "\(grouped(count)) \(plural ?? singular + "s")"
}

/// A number with a space between each three digits: `10 000`.
func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { text.append(" ") }
        text.append(digit)
    }
    return number < 0 ? "-\(text)" : text
}

/// A size in octets for people: `912 B`, `14.2 MB`. Decimal prefixes.
func sizeText(_ octets: Int64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var unit = 0
    // In tenths, so that one digit behind the point needs no floating point.
    var tenths = octets * 10
    while tenths >= 10_000, unit < units.count - 1 {
        tenths = (tenths + 500) / 1000
        unit += 1
    }
    return unit == 0 ? "\(octets) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
}

/// A duration in seconds with a thousandth: `0.250`, `61.007`.
func secondsText(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    let rest = String((milliseconds % 1000).magnitude)
    let sign = milliseconds < 0 ? "-" : ""
    return sign + "\((milliseconds / 1000).magnitude)." + String(repeating: "0", count: 3 - rest.count) + rest
}

/// How long ago something was, in few characters: `now`, `45s`, `3m`, `2h10m`, `4d`.
func ageText(since time: Timestamp, at now: Timestamp) -> String {
    let seconds = max(0, (now - time).components.seconds)
    switch seconds {
    case ..<1: return "now"
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m"
    case ..<86_400:
        let minutes = seconds / 60 % 60
        return minutes == 0 ? "\(seconds / 3600)h" : "\(seconds / 3600)h\(minutes)m"
    default: return "\(seconds / 86_400)d"
    }
}
