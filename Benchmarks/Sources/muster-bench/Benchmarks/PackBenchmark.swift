import Foundation

/// The root file system of an image beside mksquashfs over the same tree on disk.
struct PackBenchmark: Benchmark {
    static let name = "pack"
    static let summary = """
        debian-12 as squashfs (zstd 9, blocks of 256 KiB, both processors): the step of `muster image pack` that streams \
        the cleaned tree out of the archive, beside mksquashfs over a directory with the same content
        """
    static let promises = ["pack, root file system", "pack, size of the root file system"]

    func run(_ bench: Bench) async throws {
        let image = try KeptImage(bench)
        let tree = "\(bench.work)/tree"
        try bench.run(
            ["unsquashfs", "-no-progress", "-quiet", "-dest", tree, try image.file("root.squashfs")], seconds: 120)
        let output = "\(bench.work)/peer.squashfs"
        var sizes: [String: Double] = [:]
        let measured = try alternating(
            bench.rounds,
            [
                (
                    "muster",
                    {
                        let time = try pack(image, bench)
                        let version = try image.version()
                        sizes["muster"] = try size(try image.file("root.squashfs"))
                        try image.remove(version)
                        return time
                    }
                ),
                (
                    "mksquashfs",
                    {
                        unlink(output)
                        let time = try seconds {
                            try bench.run(
                                [
                                    "mksquashfs", tree, output, "-comp", "zstd", "-Xcompression-level", "9", "-b",
                                    "256K",
                                    "-noappend", "-quiet", "-no-progress",
                                ], seconds: 300)
                        }
                        sizes["mksquashfs"] = try size(output)
                        return time
                    }
                ),
            ])
        bench.add(
            Row(
                PackBenchmark.promises[0], unit: "s", better: .lower, measured, goal: .none,
                notes: ["Muster's pack feeds mksquashfs: the ratio is what the way of the files to it costs or saves"]))
        bench.add(
            Row(
                PackBenchmark.promises[1], unit: "MB", better: .lower,
                sizes.reduce(into: [:]) { $0[$1.key] = .init(program: $1.key, median: $1.value, rounds: [$1.value]) },
                goal: .none))
    }

    /// The time between the lines with which the command says that it begins the file system, and what follows it.
    private func pack(_ image: KeptImage, _ bench: Bench) throws -> Double {
        let log = "\(bench.work)/pack.log"
        unlink(log)
        let process = try ChildProcess(
            [bench.muster, "image", "pack", KeptImage.name, "--force", "--state-dir", image.directory], log: log)
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
