import LinuxSystem
import Media
import MusterBase
import OSFamilies

/// What a medium is and whether it is sound, without importing it.
public struct MediumExamination: Sendable {
    public var medium: MediumDescription
    public var source: String
    /// How many.
    public var files: Int
    /// In octets.
    public var size: Int64
    public var verification: MediumVerification
}

extension MediumImporter {
    /// Looks at a medium and compares its checksums; nothing is written but what a download needs.
    ///
    /// - Throws: as ``run(_:name:progress:)``; also `exhausted` for more octets than any medium has.
    public func examine(_ place: String, progress: @escaping Progress) async throws -> MediumExamination {
        try await withSource(place, progress) { source in
            progress("looking at \(source.name)", 0)
            let scan = try MediumScan(source, limits: limits) { try limits.requireExaminable($0) }
            let medium = try MediumDescription.recognise(scan.listing)
            let signatures = try await signatureCheck(of: medium).lists(of: medium, scan, temporaryDirectory: "/tmp")
            var verification = try MediumReading(source: source, scan: scan, medium: medium).run(
                worker: DigestWorker(), writer: nil, signatures: signatures, room: {},
                progress: { progress("reading \(source.name)", $0) })
            verification.signedFiles = SignatureCheck.signedFiles(of: medium, scan.listing).map {
                .init(path: $0.file, signature: .init(state: .notChecked, signer: nil))
            }
            return MediumExamination(
                medium: medium, source: source.name, files: scan.files, size: scan.octets, verification: verification)
        }
    }
}
