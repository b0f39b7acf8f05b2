import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterBase

/// What the process that serves a tethered root is told, put together from the configuration, the manifest and what the
/// members have of the version.
struct TetheredPlan {
    let assignment: ImageAssignment
    /// Servers that have the public files alone.
    let mirrors: [String]
    let manifest: ImageManifest
    let authority: String

    /// - Parameters:
    ///   - pool: the members. Chunks also come from the mirrors.
    ///   - note: takes a line for people when something is not as the profile wants it.
    func parameters(
        _ pool: MemberPool, memory: MemoryFacts, note: (String) async -> Void
    ) async throws -> RootServerParameters {
        let image = assignment.reference
        guard let key = ChunkKey(hex: assignment.chunkKey) else {
            throw MusterError(.malformed, "the server gave no key for the chunks of \(image)")
        }
        let members = await pool.all
        let order = await RecordedOrder.fetch(
            of: image, manifest: assignment.manifestDigest, chunks: manifest.root.chunks.count, from: members)
        return RootServerParameters(
            chunks: manifest.root.chunks, members: Self.distinct(members.map(\.name) + mirrors),
            authority: authority, key: key, mountPoint: TetheredRoot.mountPoint, recordedOrder: order,
            fillDirectory: try await fillDirectory(memory, note), disk: diskUse,
            statusDirectory: TetheredRoot.statusDirectory)
    }

    private var diskUse: RootServerParameters.DiskUse? {
        if assignment.fillDisk != nil { return .all }
        return assignment.disk?.keepsChunks == true ? .fetched : nil
    }

    /// Where all of it is kept in the end; nil when it is not to be, or cannot.
    private func fillDirectory(_ memory: MemoryFacts, _ note: (String) async -> Void) async throws -> String? {
        guard assignment.fill == .memory else { return nil }
        do {
            try MemoryCheck.verify(manifest, memory: memory)
        } catch let error as MusterError {
            await note("the root file system is not brought into memory: \(error.message)")
            return nil
        }
        try RootMount.prepare(size: manifest.root.size)
        return RootMount.imageDirectory
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
