import Foundation

/// Importing a medium beside unpacking it.
struct ImportBenchmark: Benchmark {
    static let name = "import"
    static let summary = """
        a made ISO image of 1.5 GB, random octets in 24 large files and 4000 small ones: `muster media import`, which takes \
        SHA-256 of each file and brings all to the disk, beside `bsdtar -xf` and sync
        """
    static let promises = ["import of an ISO image", "room of a second import"]
    private static let (large, largeSize) = (24, 60_000_000)
    private static let (small, smallSize) = (4000, 16_000)

    func run(_ bench: Bench) async throws {
        let image = try makeImage(bench)
        // Both read it from memory.
        try bench.run(["cat", image], seconds: 120)
        let measured = try alternating(
            bench.rounds,
            [
                ("muster", { try importing(image, bench) }),
                ("bsdtar", { try unpacking(image, bench) }),
            ])
        bench.add(
            Row(Self.promises[0], unit: "s", better: .lower, measured, goal: .ratio(atLeast: 1 / 1.3)))
        try addRoom(image, bench)
    }

    private func makeImage(_ bench: Bench) throws -> String {
        let tree = try InstallerTree("import", bench)
        try bench.randomFile(tree.initramfs, octets: 40_000_000)
        _ = try bench.directory("tree-import/pool/large")
        for number in 0..<Self.large {
            try bench.randomFile("\(tree.path)/pool/large/\(number).deb", octets: Self.largeSize)
        }
        for number in 0..<Self.small {
            if number % 100 == 0 { _ = try bench.directory("tree-import/pool/\(number / 100)") }
            try bench.randomFile("\(tree.path)/pool/\(number / 100)/\(number).deb", octets: Self.smallSize)
        }
        let image = "\(bench.work)/import.iso"
        try bench.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", "-o", image, tree.path], seconds: 300)
        try bench.run(["rm", "-rf", tree.path])
        return image
    }

    private func importing(_ image: String, _ bench: Bench) throws -> Double {
        let site = "\(bench.work)/import"
        let time = try seconds { try self.import(image, "bench", site, bench) }
        try remove(site, bench)
        return time
    }

    private func `import`(_ image: String, _ name: String, _ site: String, _ bench: Bench) throws {
        try bench.run(
            [bench.muster, "media", "import", image, "--name", name, "--no-profile", "--state-dir", site], seconds: 300)
    }

    /// With a sync, since an import is on the disk when it ends.
    private func unpacking(_ image: String, _ bench: Bench) throws -> Double {
        let target = try bench.directory("unpacked")
        let time = try seconds {
            try bench.run(["bsdtar", "-xf", image, "-C", target], seconds: 300)
            try bench.run(["sync", "-f", target], seconds: 300)
        }
        try bench.run(["chmod", "-R", "u+w", target])
        try remove(target, bench)
        return time
    }

    /// And waits: for five seconds ext4 looks past the inodes of removed files each time when it makes one, which would be the
    /// cost of whoever comes next.
    private func remove(_ path: String, _ bench: Bench) throws {
        try bench.run(["rm", "-rf", path])
        try bench.run(["sync"])
        sleep(6)
    }

    private func addRoom(_ image: String, _ bench: Bench) throws {
        let site = "\(bench.work)/import"
        try self.import(image, "first", site, bench)
        let before = try room(site, bench)
        try self.import(image, "second", site, bench)
        let grown = try room(site, bench) - before
        bench.add(
            Row(
                Self.promises[1], unit: "MB", [grown], goal: .atMost(5),
                notes: [
                    "of the same image under another name: names and directories; the first one takes \(Int(before)) MB"
                ]))
        try bench.run(["rm", "-rf", site])
    }

    /// In MB, of all blocks that it takes.
    private func room(_ path: String, _ bench: Bench) throws -> Double {
        let text = try bench.run(["du", "-s", "--block-size=1", path])
        guard let octets = text.split(separator: "\t").first.flatMap({ Double($0) }) else {
            throw BenchError("du says nothing of \(path)")
        }
        return octets / 1e6
    }
}
