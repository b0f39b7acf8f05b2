import Foundation

/// What a version adds to the one before, in chunks that machines and members do not have yet, beside casync on the same
/// trees.
struct DeltaBenchmark: Benchmark {
    static let name = "delta"
    static let summary = """
        debian-12 and the same with one security update: all programs and libraries of openssl and libssl3 are other \
        ones, of the same size; octets of chunks that the version before does not have, beside casync on both trees
        """
    static let promises = ["delta, share of the image", "delta, fetched"]

    private static let packages = ["openssl", "libssl3:amd64"]

    func run(_ bench: Bench) async throws {
        let image = try KeptImage(bench)
        let store = "\(bench.work)/casync"
        let before = try image.version()
        let first = try casync(image, before, store, bench)
        var rewritten = 0
        _ = try image.withChangedArchive { archive in
            rewritten = try archive.rewrite(DeltaBenchmark.packages)
        } during: {
            try image.muster(["image", "pack", image.name, "--force"], seconds: 300)
        }
        let after = try image.version()
        defer { try? image.remove(after) }
        let (fetched, root) = (try fetched(image, before, after), try image.rootSize())
        let all = try casync(image, after, store, bench)
        let notes = [
            "\(rewritten / 1000) kB of programs and libraries were rewritten octet by octet, so that they compress as "
                + "well as before and share nothing with what they were; a real update shares more"
        ]
        bench.add(
            Row(DeltaBenchmark.promises[0], unit: "%", [fetched / root * 100], goal: .atMost(8), notes: notes))
        let measured = [("muster", fetched), ("casync", all - first)].map {
            Row.Measured(program: $0.0, median: $0.1 / 1e6, rounds: [$0.1 / 1e6])
        }
        bench.add(
            Row(
                DeltaBenchmark.promises[1], unit: "MB", better: .lower,
                Dictionary(uniqueKeysWithValues: measured.map { ($0.program, $0) }), goal: .none,
                notes: [
                    "casync make with its own chunk sizes; its chunks are compressed one by one, Muster's are parts of "
                        + "the squashfs that machines mount",
                    "the whole: \(Int(root / 1e6)) MB as squashfs, \(Int(first / 1e6)) MB in casync's store",
                ]))
    }

    private func fetched(_ image: KeptImage, _ before: Int, _ after: Int) throws -> Double {
        struct Difference: Decodable { let fetched: Double }
        let name = image.name
        let text = try image.muster(["image", "diff", "\(name)@\(before)", "\(name)@\(after)", "--output", "json"])
        return try JSONDecoder().decode(Difference.self, from: Data(text.utf8)).fetched
    }

    /// Adds a version's tree to casync's store.
    ///
    /// - Returns: octets of all chunks there.
    private func casync(_ image: KeptImage, _ version: Int, _ store: String, _ bench: Bench) throws -> Double {
        let tree = "\(bench.work)/delta-tree"
        defer { try? FileManager.default.removeItem(atPath: tree) }
        try image.muster(["image", "unpack", "\(image.name)@\(version)", tree])
        try bench.run(
            ["casync", "make", "--store=\(store)", "\(bench.work)/delta-\(version).caidx", tree], seconds: 300)
        let files = FileManager.default.enumerator(atPath: store)?.compactMap { $0 as? String } ?? []
        return try files.filter { $0.hasSuffix(".cacnk") }.reduce(0) { sum, name in
            var info = stat()
            guard stat("\(store)/\(name)", &info) == 0 else { throw BenchError("cannot look at \(name)") }
            return sum + Double(info.st_size)
        }
    }
}
