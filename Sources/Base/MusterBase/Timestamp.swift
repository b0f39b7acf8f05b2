#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A point in time, in whole microseconds since 1970-01-01 UTC. JSON and text form: RFC 3339 with microseconds and `Z`.
public struct Timestamp: Hashable, Sendable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// From whole seconds since 1970.
    public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    /// The system's clock. Code that decides on time takes a ``WallClock`` instead.
    public static func now() -> Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }

    /// Seconds since 1970, rounded down.
    public var seconds: Int64 {
        microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        return Timestamp(microseconds: left.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String {
        let (year, month, day) = civilDate(days: floorDivide(seconds, 86_400))
        let rest = seconds - floorDivide(seconds, 86_400) * 86_400
        let fraction = microseconds - seconds * 1_000_000
        var text: [UInt8] = []
        text.reserveCapacity(27)
        append(year, 4, "-", to: &text)
        append(month, 2, "-", to: &text)
        append(day, 2, "T", to: &text)
        append(rest / 3600, 2, ":", to: &text)
        append(rest / 60 % 60, 2, ":", to: &text)
        append(rest % 60, 2, ".", to: &text)
        append(fraction, 6, "Z", to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads RFC 3339 in UTC (`Z`), with or without a fraction of up to nine digits, of which six count.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes[bytes.count - 1] == UInt8(ascii: "Z"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            let digits = bytes[20..<bytes.count - 1]
            guard bytes[19] == UInt8(ascii: "."), (1...9).contains(digits.count), number(digits) != nil,
                let value = number(digits.prefix(6))
            else { return nil }
            fraction = (0..<max(0, 6 - digits.count)).reduce(value) { total, _ in total * 10 }
        }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        self.init(microseconds: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + fraction)
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, Timestamp.init) }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}

/// Where the time comes from: the system in programs, a fixed or stepped value in tests.
public struct WallClock: Sendable {
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    public static let system = WallClock(now: Timestamp.now)
}

private func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
        guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
        value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return value
}

/// Appends a number with at least that many digits, and the separator behind it. A number of people would not write
/// (before year 0) keeps its sign.
private func append(_ value: Int64, _ width: Int, _ separator: Unicode.Scalar, to text: inout [UInt8]) {
    var digits: [UInt8] = []
    var rest = value.magnitude
    repeat {
        digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
        rest /= 10
    } while rest > 0 || digits.count < width
    if value < 0 { text.append(UInt8(ascii: "-")) }
    text.append(contentsOf: digits.reversed())
    text.append(UInt8(ascii: separator))
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar. Counts in eras of 400 years that begin in March,
/// so that the leap day is the last of its year.
private func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The inverse of ``daysSinceEpoch(year:month:day:)``.
private func civilDate(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
}
