import DeploymentModel
import MusterBase

/// Downloads one file of an image's version and verifies it while it comes. A broken connection is taken up again where
/// it broke, at the same member or another; a file that turns out wrong is thrown away and asked of the next member.
public struct ImageDownload: Sendable {
    let pool: MemberPool
    let image: ImageReference
    let file: ImageManifest.File
    /// Called when another tenth is there, with the percentage.
    let onProgress: @Sendable (Int) async -> Void
    /// Called with a line for people when something goes wrong that is mended here.
    let onTrouble: @Sendable (String) async -> Void

    public init(
        pool: MemberPool, image: ImageReference, file: ImageManifest.File,
        onProgress: @escaping @Sendable (Int) async -> Void, onTrouble: @escaping @Sendable (String) async -> Void
    ) {
        self.pool = pool
        self.image = image
        self.file = file
        self.onProgress = onProgress
        self.onTrouble = onTrouble
    }

    /// This machine could not keep what came: no other member could mend that.
    private struct SinkFailure: Error { let reason: MusterError }

    /// A round over all members that brought at least so many octets is followed by another at once.
    private static let worthwhile: Int64 = 1 << 20

    /// Fills the sink with the right content.
    ///
    /// - Returns: The name of the member that gave the last of it.
    /// - Throws: `verificationFailed` when what every member gave was wrong; what the last member said, when none
    /// goes on.
    ///   The sink keeps what came so far, and another run goes on with it.
    public func run(into sink: ImageSink) async throws -> String {
        while true {
            let before = sink.size
            do {
                return try await round(into: sink)
            } catch let error as MusterError {
                guard error.code != .verificationFailed, sink.size - before >= Self.worthwhile else { throw error }
                await onTrouble("\(error)")
            }
        }
    }

    /// Asks each member once.
    private func round(into sink: ImageSink) async throws -> String {
        var wrong: [String] = []
        var last: MusterError?
        for member in await pool.all {
            if let last { await onTrouble("\(last)") }
            do {
                try await fetch(from: member, into: sink)
                guard let found = sink.digest, found != file.digest else { return member.name }
                wrong.append("\(member.name) gave \(sink.size) octets with \(found)")
                last = MusterError(
                    .verificationFailed, "what \(member.name) gave is not what the signed manifest promises")
                try sink.empty()
            } catch let error as SinkFailure {
                throw error.reason
            } catch let error as MusterError {
                last = MusterError(
                    error.code, "\(member.name) broke off at \(sizeText(sink.size)) of \(sizeText(file.size))",
                    advice: error.advice, cause: error)
                // What cannot be gone on with is begun anew.
                if error.code == .conflict { try sink.empty() }
            }
            await pool.distrust(member)
        }
        guard wrong.isEmpty else { throw mismatch(wrong) }
        throw last ?? MusterError(.unavailable, "no member of the site is known")
    }

    private func fetch(from member: any MemberServer, into sink: ImageSink) async throws {
        let path = "/images/\(image.name)/\(image.version)/\(file.name)"
        guard sink.size < file.size else { return }
        var tenth = sink.size * 10 / max(1, file.size)
        try await member.download(path, from: sink.size) { piece in
            guard sink.size + Int64(piece.count) <= file.size else {
                throw MusterError(
                    .verificationFailed, "\(path) of \(member.name) is longer than the \(file.size) octets promised")
            }
            do {
                try sink.append(piece)
            } catch let error as MusterError {
                throw SinkFailure(
                    reason: MusterError(
                        error.code, error.message, advice: "this machine's memory: the image is kept there",
                        cause: error.cause))
            }
            let now = sink.size * 10 / max(1, file.size)
            if now > tenth {
                tenth = now
                await onProgress(Int(now * 10))
            }
        }
        guard sink.size == file.size else {
            throw MusterError(
                .unavailable, "\(path) of \(member.name) ended at \(sink.size) of \(file.size) octets")
        }
    }

    private func mismatch(_ wrong: [String]) -> MusterError {
        MusterError(
            .verificationFailed,
            "\(file.name) of \(image) is refused: \(wrong.joined(separator: "; ")); "
                + "the signed manifest promises \(file.size) octets with \(file.digest)",
            advice:
                "`muster image verify \(image)` on the server, its disk, and what stands between it and this machine")
    }
}
