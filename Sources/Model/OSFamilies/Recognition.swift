import MusterBase

/// Recognises the media of one family.
protocol MediumRecogniser: Sendable {
    /// What is looked for, for the error about an unknown medium.
    static var evidence: String { get }

    /// Nil when the medium is another family's.
    static func recognise(_ listing: MediumListing) -> MediumDescription?
}

extension MediumDescription {
    /// Each looks for what no other family has; those that share files with another come before it.
    static let recognisers: [any MediumRecogniser.Type] = [
        ESXiMedium.self, FlatcarMedium.self, FedoraCoreOSMedium.self, AlpineMedium.self, ClearLinuxMedium.self,
        UbuntuMedium.self, DebianMedium.self, SUSEMedium.self, EnterpriseLinuxMedium.self,
    ]

    /// Says what a medium is.
    ///
    /// - Throws: ``MusterError`` `unsupported` for a medium that no family knows: what was looked for, and what is on it;
    ///   `malformed` when it lacks files that it says it boots from.
    public static func recognise(_ listing: MediumListing) throws(MusterError) -> MediumDescription {
        for recogniser in recognisers {
            guard let found = recogniser.recognise(listing) else { continue }
            guard found.missing.isEmpty else {
                throw MusterError(
                    .malformed,
                    "\(listing.sourceName) is \(found.label), but lacks what it boots from: \(shown(found.missing))",
                    advice: "it is cut short or damaged: get it again")
            }
            return found
        }
        let evidence = recognisers.map { $0.evidence }.joined(separator: "; ")
        let names = listing.topNames
        throw MusterError(
            .unsupported,
            "\(listing.sourceName) is no medium that Muster knows. Looked for: \(evidence). Found: "
                + (names.isEmpty ? "nothing" : shown(names)))
    }

    /// A few of many, without what could draw on a terminal.
    private static func shown(_ names: [String]) -> String {
        let few = names.prefix(12).map { name in
            String(String.UnicodeScalarView(name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
        }
        return few.joined(separator: ", ") + (names.count > 12 ? ", and \(names.count - 12) more" : "")
    }
}
