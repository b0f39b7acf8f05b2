/// How a value is written: `03d`, `x`, `02X`, `>8`, a part of Python's format language.
struct FormatSpecification: Sendable, Hashable {
    enum Alignment: UInt8, Sendable {
        case left = 0x3C
        case center = 0x5E
        case right = 0x3E
    }

    enum Presentation: UInt8, Sendable {
        case text = 0x73
        case decimal = 0x64
        case lowerHexadecimal = 0x78
        case upperHexadecimal = 0x58
        case octal = 0x6F
        case binary = 0x62

        var radix: Int? {
            switch self {
            case .text: nil
            case .decimal: 10
            case .lowerHexadecimal, .upperHexadecimal: 16
            case .octal: 8
            case .binary: 2
            }
        }
    }

    static let widest = 255

    private var fill: Character = " "
    private var alignment: Alignment?
    private var zeros = false
    private var width = 0
    private var presentation: Presentation?

    /// Reads what stands behind the colon; nil when it is not of this form.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        if rest.count >= 2, let found = Alignment(rawValue: rest[rest.startIndex + 1]), rest[rest.startIndex] < 128 {
            fill = Character(Unicode.Scalar(rest[rest.startIndex]))
            alignment = found
            rest = rest.dropFirst(2)
        } else if let first = rest.first, let found = Alignment(rawValue: first) {
            alignment = found
            rest = rest.dropFirst()
        }
        if rest.first == UInt8(ascii: "0") {
            zeros = true
            rest = rest.dropFirst()
        }
        while let digit = rest.first, digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
            width = width * 10 + Int(digit - UInt8(ascii: "0"))
            guard width <= FormatSpecification.widest else { return nil }
            rest = rest.dropFirst()
        }
        if let last = rest.first {
            guard let found = Presentation(rawValue: last) else { return nil }
            presentation = found
            rest = rest.dropFirst()
        }
        guard rest.isEmpty else { return nil }
    }

    /// Whether only a number can be written so.
    var needsInteger: Bool { presentation?.radix != nil }

    func write(_ number: Int) -> String {
        if presentation == .text { return pad(String(number), .left) }
        let digits = String(
            number.magnitude, radix: presentation?.radix ?? 10, uppercase: presentation == .upperHexadecimal)
        let sign = number < 0 ? "-" : ""
        if zeros, alignment == nil {
            return sign + String(repeating: "0", count: max(0, width - digits.count - sign.count)) + digits
        }
        return pad(sign + digits, .right)
    }

    func write(_ text: String) -> String { pad(text, .left) }

    private func pad(_ text: String, _ usual: Alignment) -> String {
        let missing = max(0, width - text.count)
        let filler = zeros && alignment == nil ? Character("0") : fill
        let before: Int
        switch alignment ?? usual {
        case .left: before = 0
        case .center: before = missing / 2
        case .right: before = missing
        }
        return String(repeating: filler, count: before) + text + String(repeating: filler, count: missing - before)
    }
}
