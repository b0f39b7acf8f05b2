/// How the versions of packages follow each other.
public enum PackageVersionOrder: Sendable, Hashable {
    /// Debian Policy 5.6.12, as `dpkg --compare-versions`.
    case debian
    /// As rpm's `rpmvercmp`, with epoch and release.
    case rpm

    /// The order of a distribution's packages, by its name in os-release.
    public init(distribution: String) {
        switch distribution {
        case "debian", "ubuntu", "devuan", "raspbian", "linuxmint": self = .debian
        default: self = .rpm
        }
    }

    /// Negative when `left` is older than `right`, 0 when neither is, positive when it is newer. Any text has a place.
    public func compare(_ left: String, _ right: String) -> Int {
        let (a, b) = (parts(left), parts(right))
        if a.epoch != b.epoch { return a.epoch < b.epoch ? -1 : 1 }
        let upstream = compareText(a.upstream, b.upstream)
        // RPM: what names no release means any of them.
        if upstream != 0 || (self == .rpm && (a.release.isEmpty || b.release.isEmpty)) { return upstream }
        return compareText(a.release, b.release)
    }

    private func parts(_ text: String) -> (epoch: Int, upstream: ArraySlice<UInt8>, release: ArraySlice<UInt8>) {
        var rest = Array(text.utf8)[...]
        var epoch = 0
        if let colon = rest.firstIndex(of: UInt8(ascii: ":")),
            let number = Int(String(decoding: rest[..<colon], as: UTF8.self)), number >= 0
        {
            epoch = number
            rest = rest[(colon + 1)...]
        }
        guard let dash = rest.lastIndex(of: UInt8(ascii: "-")) else { return (epoch, rest, []) }
        return (epoch, rest[..<dash], rest[(dash + 1)...])
    }

    private func compareText(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        switch self {
        case .debian: compareDebian(left, right)
        case .rpm: compareRPM(left, right)
        }
    }

    // MARK: Debian

    /// Letters before all else, and a tilde before the end.
    private func rank(_ byte: UInt8?) -> Int {
        guard let byte, !isDigit(byte) else { return 0 }
        if byte == UInt8(ascii: "~") { return -1 }
        return isLetter(byte) ? Int(byte) : Int(byte) + 256
    }

    private func compareDebian(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        var (a, b) = (left, right)
        while !a.isEmpty || !b.isEmpty {
            while a.first.map({ !isDigit($0) }) == true || b.first.map({ !isDigit($0) }) == true {
                let difference = rank(a.first) - rank(b.first)
                if difference != 0 { return difference }
                a = a.dropFirst()
                b = b.dropFirst()
            }
            let difference = compareNumbers(&a, &b)
            if difference != 0 { return difference }
        }
        return 0
    }

    // MARK: RPM

    private func compareRPM(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
        var (a, b) = (left, right)
        let (tilde, caret) = (UInt8(ascii: "~"), UInt8(ascii: "^"))
        while !a.isEmpty || !b.isEmpty {
            for isLeft in [true, false] {
                let rest = (isLeft ? a : b).drop { !isDigit($0) && !isLetter($0) && $0 != tilde && $0 != caret }
                if isLeft { a = rest } else { b = rest }
            }
            if a.first == tilde || b.first == tilde {
                guard a.first == tilde else { return 1 }
                guard b.first == tilde else { return -1 }
                (a, b) = (a.dropFirst(), b.dropFirst())
                continue
            }
            if a.first == caret || b.first == caret {
                if a.isEmpty { return -1 }
                if b.isEmpty { return 1 }
                guard a.first == caret else { return 1 }
                guard b.first == caret else { return -1 }
                (a, b) = (a.dropFirst(), b.dropFirst())
                continue
            }
            guard let first = a.first, let other = b.first else { break }
            if isDigit(first) {
                // A number is newer than letters.
                guard isDigit(other) else { return 1 }
                let difference = compareNumbers(&a, &b)
                if difference != 0 { return difference }
            } else {
                guard !isDigit(other) else { return -1 }
                let (word, second) = (a.prefix(while: isLetter), b.prefix(while: isLetter))
                if word.elementsEqual(second) == false { return word.lexicographicallyPrecedes(second) ? -1 : 1 }
                (a, b) = (a.dropFirst(word.count), b.dropFirst(second.count))
            }
        }
        return a.isEmpty ? (b.isEmpty ? 0 : -1) : 1
    }

    // MARK: -

    /// Takes a number from the front of each and compares the two, however long.
    private func compareNumbers(_ a: inout ArraySlice<UInt8>, _ b: inout ArraySlice<UInt8>) -> Int {
        let zero = UInt8(ascii: "0")
        let (first, second) = (a.prefix(while: isDigit), b.prefix(while: isDigit))
        a = a.dropFirst(first.count)
        b = b.dropFirst(second.count)
        let (left, right) = (first.drop { $0 == zero }, second.drop { $0 == zero })
        if left.count != right.count { return left.count - right.count }
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
}

/// What is asked of a package: `openssl>=3.0.15`, or a name alone for any version.
public struct PackageRequirement: Sendable, Hashable {
    public enum Relation: String, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case equal = "="
        case newer = ">"
        case older = "<"
    }

    public var package: String
    public var relation: Relation?
    public var version: String

    /// Nil for a text that is none.
    public init?(_ text: String) {
        let symbols = Set("<>=")
        let name = text.prefix { !symbols.contains($0) }
        let rest = text.dropFirst(name.count)
        let sign = rest.prefix { symbols.contains($0) }
        let version = rest.dropFirst(sign.count).drop { $0 == " " }
        package = String(name.reversed().drop { $0 == " " }.reversed())
        relation = Relation(rawValue: String(sign == "==" ? "=" : sign))
        self.version = String(version)
        guard !package.isEmpty, package.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        guard (relation == nil) == sign.isEmpty, sign.isEmpty == self.version.isEmpty else { return nil }
    }

    /// Whether this version of the package will do.
    public func isMet(by installed: String, _ order: PackageVersionOrder) -> Bool {
        guard let relation else { return true }
        let difference = order.compare(installed, version)
        return switch relation {
        case .atLeast: difference >= 0
        case .atMost: difference <= 0
        case .equal: difference == 0
        case .newer: difference > 0
        case .older: difference < 0
        }
    }
}
