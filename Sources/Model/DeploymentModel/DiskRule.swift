import MusterBase

/// Which disk an installation may take: terms that must all hold, in the form `smallest,bus=nvme,size>=100G`.
public struct DiskRule: Sendable, Hashable {
    /// One condition, or which of those that fulfil the others is taken.
    public enum Term: Sendable, Hashable {
        case smallest
        case largest
        /// Part of the model's name, in either case.
        case model(String)
        case serial(String)
        /// One of ``DiskRule/buses``.
        case bus(String)
        /// A name below /dev/disk/by-path, which says where the disk is plugged in.
        case path(String)
        /// In octets.
        case atLeast(Int64)
        case atMost(Int64)
    }

    /// How disks are attached, as ``DiskFacts/bus`` has it.
    public static let buses = ["nvme", "sata", "scsi", "virtio", "usb", "mmc", "other"]
    /// What may stand in a rule, for people.
    public static let allowed =
        "a rule for disks: smallest, largest, model=…, serial=…, size>=100G, size<=2T, bus=nvme, "
        + "path=/dev/disk/by-path/…, joined with commas"

    public var terms: [Term]

    public init(_ terms: [Term]) { self.terms = terms }

    /// Reads the text form; nil for anything else, such as two words that contradict each other.
    public init?(_ text: String) {
        var terms: [Term] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let term = Term(DiskRule.trimmed(part)) else { return nil }
            terms.append(term)
        }
        guard terms.count(where: { $0 == .smallest || $0 == .largest }) <= 1 else { return nil }
        self.terms = terms
    }

    /// What a node's attribute `deployment.disk` says: without it, any disk.
    ///
    /// - Throws: ``MusterError`` `invalid_input` for what is no rule.
    public static func ofNode(_ text: String) throws(MusterError) -> DiskRule {
        if text.isEmpty { return DiskRule([]) }
        guard let rule = DiskRule(text) else {
            throw MusterError(.invalidInput, "deployment.disk is '\(text)', which is no rule")
        }
        return rule
    }

    private static func trimmed(_ part: Substring) -> Substring {
        var part = part.drop { $0 == " " }
        while part.last == " " { part.removeLast() }
        return part
    }

    var wantsLargest: Bool { terms.contains(.largest) }

    /// True when size goes before what lies on the disks.
    var ordersBySize: Bool { terms.contains(.smallest) || terms.contains(.largest) }

    /// True when the rule names one disk, so that also a removable one may be meant.
    public var isPrecise: Bool {
        terms.contains { term in
            switch term {
            case .serial, .path: true
            default: false
            }
        }
    }

    public func isFulfilled(by disk: DiskFacts) -> Bool { unfulfilled(by: disk) == nil }

    /// The first term that a disk does not fulfil.
    func unfulfilled(by disk: DiskFacts) -> Term? { terms.first { !$0.holds(for: disk) } }
}

extension DiskRule: CustomStringConvertible {
    public var description: String { terms.map(\.description).joined(separator: ",") }
}

extension DiskRule.Term: CustomStringConvertible {
    init?(_ text: Substring) {
        for (sign, make) in [(">=", DiskRule.Term.atLeast), ("<=", DiskRule.Term.atMost)] {
            guard text.hasPrefix("size" + sign) else { continue }
            guard let size = diskOctets(text.dropFirst(6)) else { return nil }
            self = make(size)
            return
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1]) : ""
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        switch (parts.first.map(String.init) ?? "", parts.count) {
        case ("smallest", 1): self = .smallest
        case ("largest", 1): self = .largest
        case ("model", 2) where isPlain: self = .model(value)
        case ("serial", 2) where isPlain: self = .serial(value)
        case ("bus", 2) where DiskRule.buses.contains(value): self = .bus(value)
        case ("path", 2) where isPlain && value.hasPrefix("/dev/disk/by-path/") && !value.contains(".."):
            self = .path(value)
        default: return nil
        }
    }

    func holds(for disk: DiskFacts) -> Bool {
        switch self {
        case .smallest, .largest: true
        case .model(let text): disk.model?.lowercased().contains(text.lowercased()) == true
        case .serial(let text): disk.serial == text
        case .bus(let bus): disk.bus == bus
        case .path(let path): disk.links.contains(path)
        case .atLeast(let size): disk.size >= size
        case .atMost(let size): disk.size <= size
        }
    }

    public var description: String {
        switch self {
        case .smallest: "smallest"
        case .largest: "largest"
        case .model(let text): "model=\(text)"
        case .serial(let text): "serial=\(text)"
        case .bus(let bus): "bus=\(bus)"
        case .path(let path): "path=\(path)"
        case .atLeast(let size): "size>=\(sizeWord(size))"
        case .atMost(let size): "size<=\(sizeWord(size))"
        }
    }
}

/// Reads `100G`: a whole number and one of M, G, T, P, which count by thousands, as disks are sold.
func diskOctets(_ text: some StringProtocol) -> Int64? {
    let units: [Character: Int64] = [
        "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000, "P": 1_000_000_000_000_000,
    ]
    guard let unit = text.last.flatMap({ units[$0] }), text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
        let number = Int64(text.dropLast()), number > 0
    else { return nil }
    let (size, overflow) = number.multipliedReportingOverflow(by: unit)
    return overflow ? nil : size
}

/// The shortest form that ``diskOctets(_:)`` reads again.
func sizeWord(_ size: Int64) -> String {
    for (unit, letter): (Int64, String) in [
        (1_000_000_000_000_000, "P"), (1_000_000_000_000, "T"), (1_000_000_000, "G"),
    ] where size % unit == 0 {
        return "\(size / unit)\(letter)"
    }
    return "\(size / 1_000_000)M"
}
