/// Reads a machine's console as it grows and says when the firmware has given up to boot.
///
/// SeaBIOS begins again by itself. OVMF ends in its shell, where a machine would stay until a person came by.
package struct BootWatch: Sendable {
    private let phrases: [[UInt8]]
    private var tail: [UInt8] = []

    package init(firmware: LabFirmware) {
        let texts: [String] =
            switch firmware {
            case .bios: []
            // After PXE over IPv4 come two minutes of HTTP boot; whoever wants those has `uefi-http`.
            case .uefi, .uefiWithIPXE, .uefiSecureBoot: [">>Start HTTP Boot", "UEFI Interactive Shell"]
            case .uefiHTTP: ["UEFI Interactive Shell"]
            }
        phrases = texts.map { Array($0.utf8) }
    }

    /// False for firmware that needs no watching.
    package var isNeeded: Bool { !phrases.isEmpty }

    /// True when these octets, after those given before, hold one of the phrases. It is not reported again.
    package mutating func sees(_ bytes: some Sequence<UInt8>) -> Bool {
        let text = tail + bytes
        let longest = phrases.map(\.count).max() ?? 0
        if phrases.contains(where: { Self.find($0, in: text) }) {
            tail = []
            return true
        }
        tail = Array(text.suffix(max(0, longest - 1)))
        return false
    }

    private static func find(_ phrase: [UInt8], in text: [UInt8]) -> Bool {
        guard text.count >= phrase.count else { return false }
        return (0...(text.count - phrase.count)).contains { start in
            text[start] == phrase[0] && text[start..<(start + phrase.count)].elementsEqual(phrase)
        }
    }
}
