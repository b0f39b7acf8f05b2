import DHCPWire
import MusterBase

/// What a simulated machine starts with.
public enum SimulatedFirmware: String, Sendable, CaseIterable, Codable {
    /// A BIOS with PXE in the network card's ROM.
    case bios
    /// UEFI with PXE.
    case uefi
    /// UEFI that loads over HTTP.
    case http

    var architecture: ClientArchitecture {
        switch self {
        case .bios: .x86BIOS
        case .uefi: .x64UEFI
        case .http: .x64UEFIHTTP
        }
    }

    /// As the agent names it.
    var agentName: String { self == .bios ? "bios" : "uefi" }
}

/// How the kinds of firmware are mixed; the shares come to 1.
public struct FirmwareMix: Sendable, Hashable {
    private let shares: [(firmware: SimulatedFirmware, share: Double)]

    public static let usual = FirmwareMix([.bios: 0.4, .uefi: 0.4, .http: 0.2])

    private init(_ shares: [SimulatedFirmware: Double]) {
        self.shares = SimulatedFirmware.allCases.map { ($0, shares[$0] ?? 0) }
    }

    /// Reads `bios`, or shares such as `bios=40%,uefi=40%,http=20%`, which must come to 100 %.
    public init(_ text: String) throws(MusterError) {
        if let only = SimulatedFirmware(rawValue: text) {
            self.init([only: 1])
            return
        }
        let shares = try Shares.parse(
            text, of: "firmware", names: SimulatedFirmware.allCases.map(\.rawValue))
        guard abs(shares.values.reduce(0, +) - 1) < 0.0001 else {
            throw MusterError(.invalidInput, "'\(text)': the shares do not come to 100 %")
        }
        self.init(
            Dictionary(
                uniqueKeysWithValues: shares.compactMap { name, share in
                    SimulatedFirmware(rawValue: name).map { ($0, share) }
                }))
    }

    /// - Parameter point: between 0 and 1.
    func firmware(at point: Double) -> SimulatedFirmware {
        var rest = point
        for (firmware, share) in shares {
            if rest < share { return firmware }
            rest -= share
        }
        return shares.last { $0.share > 0 }?.firmware ?? .bios
    }

    public static func == (left: FirmwareMix, right: FirmwareMix) -> Bool {
        left.shares.map(\.share) == right.shares.map(\.share)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(shares.map(\.share)) }
}
