import Foundation

/// The root file system of an image beside mksquashfs over the same tree on disk.
struct PackBenchmark: Benchmark {
    static let name = "pack"
    static let summary = """
        debian-12 with compilers, MPI and SciPy, a tree of 1 GB, as squashfs (zstd 9, blocks of 256 KiB, both processors): the whole step of `muster image pack` that \
        makes the root file system out of the built archive and stores it in encrypted chunks, beside mksquashfs over a \
        directory with the same content
        """
    static let promises = [
        "pack, root file system", "pack, size of the root file system", "pack again after 1 % of the files changed",
    ]

    func run(_ bench: Bench) async throws {
        let image = try KeptImage(bench, name: "bench-compute", adding: KeptImage.computing)
        let tree = "\(bench.work)/tree"
        try image.muster(["image", "unpack", image.name, tree])
        var sizes: [String: Double] = [:]
        var changed = 0
        let measured = try alternating(
            bench.rounds,
            [
                (
                    "muster",
                    {
                        // The first pack of a tree finds no blocks of another.
                        unlink(image.built("blocks.cache"))
                        return try measure(image, bench, &sizes["muster"])
                    }
                ),
                (
                    "again",
                    {
                        var size: Double?
                        return try image.withChangedArchive { archive in
                            changed = try archive.changeFiles(oneIn: 100)
                        } during: {
                            try measure(image, bench, &size)
                        }
                    }
                ),
                ("mksquashfs", { try packWithPeer(tree, bench, &sizes["mksquashfs"]) }),
            ])
        var first = measured
        first["again"] = nil
        bench.add(
            Row(PackBenchmark.promises[0], unit: "s", better: .lower, first, goal: .ratio(atLeast: 1 / 1.1)))
        bench.add(
            Row(
                PackBenchmark.promises[1], unit: "MB", better: .lower,
                sizes.reduce(into: [:]) { $0[$1.key] = .init(program: $1.key, median: $1.value, rounds: [$1.value]) },
                goal: .ratio(atLeast: 1 / 1.03)))
        addAgain(measured, changed, bench)
    }

    /// Packing again, beside the first pack and mksquashfs, which compresses all each time.
    private func addAgain(_ measured: [String: Row.Measured], _ changed: Int, _ bench: Bench) {
        var row = measured
        row["muster"] = measured["again"].map { .init(program: "muster", median: $0.median, rounds: $0.rounds) }
        row["again"] = measured["muster"].map { .init(program: "first pack", median: $0.median, rounds: $0.rounds) }
        bench.add(
            Row(
                PackBenchmark.promises[2], unit: "s", better: .lower, row, goal: .ratio(atLeast: 1 / 0.35),
                notes: ["one octet changed in each of \(changed) files, spread over the tree"]))
    }

    private func measure(_ image: KeptImage, _ bench: Bench, _ size: inout Double?) throws -> Double {
        let time = try pack(image, bench)
        let version = try image.version()
        size = try image.rootSize() / 1e6
        try image.remove(version)
        return time
    }

    private func packWithPeer(_ tree: String, _ bench: Bench, _ size: inout Double?) throws -> Double {
        let output = "\(bench.work)/peer.squashfs"
        unlink(output)
        let time = try seconds {
            try bench.run(
                [
                    "mksquashfs", tree, output, "-comp", "zstd", "-Xcompression-level", "9", "-b", "256K", "-noappend",
                    "-quiet", "-no-progress",
                ], seconds: 300)
        }
        size = try self.size(output)
        return time
    }

    /// The time between the lines with which the command says that it begins the file system, and what follows it.
    private func pack(_ image: KeptImage, _ bench: Bench) throws -> Double {
        let log = "\(bench.work)/pack.log"
        unlink(log)
        let process = try ChildProcess(
            [bench.muster, "image", "pack", image.name, "--force", "--state-dir", image.directory], log: log)
        func says(_ line: String) -> Bool {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").contains { $0 == line }
        }
        try process.wait(seconds: 300, until: "writing the root file system") { says("root file system") }
        let start = now()
        try process.wait(seconds: 300, until: "done with the root file system") { says("digests") }
        let time = now() - start
        guard try process.wait(seconds: 60) == 0 else { throw BenchError("muster image pack failed; see \(log)") }
        return time
    }

    private func size(_ path: String) throws -> Double {
        var info = stat()
        guard stat(path, &info) == 0 else { throw BenchError("there is no \(path)") }
        return Double(info.st_size) / 1e6
    }
}
