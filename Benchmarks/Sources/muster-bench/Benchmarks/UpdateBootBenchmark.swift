import Foundation

/// Writing the boot files of a profile, whatever their size.
struct UpdateBootBenchmark: Benchmark {
    static let name = "update-boot"
    static let summary = """
        `muster profile update-boot` of a profile whose machines boot a kernel and an initramfs of 100 MB: nothing changed, and \
        led to another medium of the same size
        """
    static let promises = ["update-boot, nothing changed", "update-boot, another medium"]

    func run(_ bench: Bench) async throws {
        let site = "\(bench.work)/update-boot"
        let media = ["one", "other"]
        for name in media {
            let tree = try InstallerTree(name, bench)
            try bench.randomFile(tree.initramfs, octets: 100_000_000)
            try bench.run(
                [bench.muster, "media", "import", tree.path, "--name", name, "--no-profile", "--state-dir", site])
        }
        try bench.run([bench.muster, "profile", "create", "bench", media[0], "--state-dir", site])
        let update = [bench.muster, "profile", "update-boot", "bench", "--state-dir", site]
        var unchanged: [Double] = []
        var changed: [Double] = []
        for round in 0..<(5 * bench.rounds) {
            unchanged.append(try seconds { try bench.run(update) })
            let link = "\(site)/public/os/bench/distribution"
            unlink(link)
            guard symlink("../../../distributions/\(media[(round + 1) % 2])", link) == 0 else {
                throw BenchError("cannot make the link \(link)")
            }
            changed.append(
                try seconds {
                    guard try bench.run(update).contains("updated bench: ") else {
                        throw BenchError("nothing was updated")
                    }
                })
        }
        bench.add(Row(Self.promises[0], unit: "s", unchanged, goal: .atMost(0.3)))
        bench.add(Row(Self.promises[1], unit: "s", changed, goal: .atMost(1)))
    }
}

/// A tree for network boot of the layout that Muster takes for Debian's.
struct InstallerTree {
    let path: String
    var initramfs: String { "\(path)/debian-installer/amd64/initrd.gz" }

    init(_ name: String, _ bench: Bench) throws {
        path = try bench.directory("tree-\(name)")
        _ = try bench.directory("tree-\(name)/debian-installer/amd64")
        try bench.write("Debian version:  13 (trixie)\nInstaller build: \(name)\n", to: "\(path)/version.info")
        try bench.randomFile("\(path)/debian-installer/amd64/linux", octets: 10_000_000)
    }
}
