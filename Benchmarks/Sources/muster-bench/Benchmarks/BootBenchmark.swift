import Foundation

/// A machine that boots an image in the lab: from memory, and tethered beside it, with the same image.
struct BootBenchmark: Benchmark {
    static let name = "boot"
    static let summary = """
        one virtual machine with BIOS in the lab, its link limited to 1 Gb/s: debian-12 untethered, then the same with \
        compilers, MPI and SciPy, a tree of 1 GB, untethered and tethered; emulated without KVM
        """
    static let promises = [
        "tethered, memory used after boot", "tethered, kernel start to deployed", "tethered, reading the root",
        "initramfs for the Debian cloud kernel", "kernel start to deployed", "memory of the agent after switching root",
    ]

    private static let (untethered, tethered) = ("untethered", "tethered")

    func run(_ bench: Bench) async throws {
        let (small, image) = (
            try KeptImage(bench), try KeptImage(bench, name: "bench-compute", adding: KeptImage.computing)
        )
        var info = stat()
        guard stat(try small.file("initramfs"), &info) == 0 else { throw BenchError("there is no initramfs") }
        bench.add(Row(Self.promises[3], unit: "MB", [Double(info.st_size) / 1e6], goal: .atMost(45)))
        for (image, method) in [(small, Self.untethered), (image, Self.untethered), (image, Self.tethered)] {
            try makeProfile(image, method)
        }
        // What an earlier run's machines told of an equal version.
        unlink(try image.file("boot-order.json"))
        let node = try LabNode(image, bench)
        defer { node.end() }
        try node.run(["tc", "qdisc", "replace", "dev", "muster0", "root"] + Self.limit)
        bench.add(Row(Self.promises[4], unit: "s", [try bootTime(of: small, Self.untethered, node)], goal: .atMost(60)))
        bench.add(Row(Self.promises[5], unit: "MB", [try agentMemory(node)], goal: .atMost(30)))
        // The first tethered machine of a version is the one that finds out in which order it is read.
        let first = try bootTime(of: image, Self.tethered, node)
        try node.waitUntilKept(try image.file("boot-order.json"))
        let untethered = try boot(image, Self.untethered, node)
        let tethered = try boot(image, Self.tethered, node)
        add(["untethered": [untethered], "muster": [tethered]], first: first, rootSize: try image.rootSize(), bench)
        addReading(try readRoot(image, node), [untethered], bench)
    }

    private func agentMemory(_ node: LabNode) throws -> Double {
        let text = try node.ssh("cat /proc/$(pidof muster-agent)/status")
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard
            let kibibytes = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Double($0) }
            )
        else { throw BenchError("the agent does not run on \(node.name)") }
        return kibibytes * 1024 / 1e6
    }

    /// In kibibytes. Pages that wait in lists of a processor are free, and MemFree does not count them: up to 55 MB on a
    /// machine of 2 GiB.
    private static let usedMemory = """
        awk -v page=$(( $(getconf PAGESIZE) / 1024 )) '/^(MemTotal):/ { u += $2 } \
        /^(MemFree|Active.file.|Inactive.file.|SReclaimable):/ { u -= $2 } \
        /^Node/ { lists = 0 } /pagesets/ { lists = 1 } lists && $1 == "count:" { u -= page * $2 } \
        END { print u }' /proc/meminfo /proc/zoneinfo
        """

    /// Of the lab's link, for tc.
    static let limit = ["tbf", "rate", "1gbit", "burst", "1m", "latency", "50ms"]

    private struct Boot {
        let seconds: Double
        /// Octets.
        let memory: Double
        /// Octets a second while the image came, of an untethered machine.
        let download: Double?
    }

    private func add(_ rounds: [String: [Boot]], first: Double, rootSize: Double, _ bench: Bench) {
        func measured(_ value: (Boot) -> Double) -> [String: Row.Measured] {
            rounds.reduce(into: [:]) { result, entry in
                let values = entry.value.map(value)
                result[entry.key] = Row.Measured(program: entry.key, median: median(values), rounds: values)
            }
        }
        bench.add(
            Row(
                Self.promises[0], unit: "MB", better: .lower, measured { $0.memory / 1e6 }, goal: .ratio(atLeast: 2),
                notes: [
                    "once it no longer changes after it was deployed: MemTotal less MemFree, and less what the kernel can "
                        + "give back (page cache, slab)",
                    "the version takes \(String(format: "%.0f", rootSize / 1e6)) MB in memory; the rest is the system, "
                        + "the same on both",
                ]))
        bench.add(
            Row(
                Self.promises[1], unit: "s", better: .lower, measured(\.seconds), goal: .ratio(atLeast: 1 / 1.25),
                notes: [
                    Self.link,
                    "with the order that the first tethered machine of the version told; that one took "
                        + String(format: "%.1f s", first),
                ]))
    }

    private static var link: String { "the lab's link to 1 Gb/s by tc: \(limit.joined(separator: " "))" }

    private func addReading(_ read: Double, _ untethered: [Boot], _ bench: Bench) {
        let downloads = untethered.compactMap(\.download).map { $0 / 1e6 }
        bench.add(
            Row(
                Self.promises[2], unit: "MB/s", better: .higher,
                [
                    "muster": Row.Measured(program: "muster", median: read / 1e6, rounds: [read / 1e6]),
                    "download": Row.Measured(
                        program: "its own download", median: median(downloads), rounds: downloads),
                ], goal: .ratio(atLeast: 0.7),
                notes: [
                    Self.link,
                    "dd over the loop device, chunks that were in memory already not counted; beside it the agent's "
                        + "download of the same chunks to memory on the same machine, six at a time, which checks and "
                        + "decrypts them as well",
                ]))
    }

    private func profile(_ image: KeptImage, _ method: String) -> String { "\(image.name)-\(method)" }

    private func makeProfile(_ image: KeptImage, _ method: String) throws {
        let profile = profile(image, method)
        let path = "\(image.directory)/public/os/\(profile)"
        if access(path, F_OK) != 0 { try image.muster(["profile", "create", profile, image.name]) }
        let text = try String(contentsOfFile: "\(path)/profile.yaml", encoding: .utf8)
        try text.replacingOccurrences(of: "method: untethered", with: "method: \(method)")
            .write(toFile: "\(path)/profile.yaml", atomically: false, encoding: .utf8)
        try image.muster(["profile", "update-boot", profile])
    }

    /// Seconds from the kernel's start until the machine is deployed.
    private func bootTime(of image: KeptImage, _ method: String, _ node: LabNode) throws -> Double {
        try image.muster(["deploy", node.name, profile(image, method), "--yes", "--force"])
        try node.boot()
        let trace = try image.muster(["trace", node.name])
        return try Self.number(in: trace, after: ";", before: " s after its kernel started")
    }

    private func boot(_ image: KeptImage, _ method: String, _ node: LabNode) throws -> Boot {
        let seconds = try bootTime(of: image, method, node)
        let memory = try settledMemory(node)
        var download: Double?
        if method == Self.untethered {
            let trace = try image.muster(["trace", node.name])
            download = try image.rootSize() / Self.number(in: trace, after: " in ", before: " s, all verified")
        }
        return Boot(seconds: seconds, memory: memory, download: download)
    }

    /// Octets, once what a machine does in its first moments is over: three times in a row the same within a hundredth.
    private func settledMemory(_ node: LabNode) throws -> Double {
        var last: [Double] = []
        for _ in 0..<24 {
            let text = try node.ssh(Self.usedMemory)
            guard let kibibytes = Double(text.filter { $0.isNumber }) else { throw BenchError("no memory: \(text)") }
            last = (last + [kibibytes * 1024]).suffix(3)
            if last.count == 3, let least = last.min(), let most = last.max(), most <= least * 1.01 { return most }
            // The server of a root gives memory back when nothing was fetched for ten seconds.
            sleep(4)
        }
        throw BenchError("the memory in use does not come to rest: \(last)")
    }

    /// Octets a second that came over the network while the whole device was read from front to back.
    private func readRoot(_ image: KeptImage, _ node: LabNode) throws -> Double {
        let before = try fetchedChunks(node)
        let said = try node.ssh(
            "echo 3 > /proc/sys/vm/drop_caches; a=$(date +%s%N); dd if=/dev/loop0 of=/dev/null bs=1M 2>/dev/null;"
                + " b=$(date +%s%N); echo $(( (b - a) / 1000 ))")
        guard let microseconds = Double(said.filter { $0.isNumber }), microseconds > 0 else {
            throw BenchError("the root could not be read: \(said)")
        }
        var after = before
        // The state is written each ten seconds, when it has changed.
        for _ in 0..<30 where after.fetched == before.fetched {
            sleep(1)
            after = try fetchedChunks(node)
        }
        let share = Double(after.fetched - before.fetched) / Double(after.chunks)
        return try image.rootSize() * share / (microseconds / 1e6)
    }

    private struct Status: Decodable {
        let chunks: Int
        let fetched: Int
    }

    private func fetchedChunks(_ node: LabNode) throws -> Status {
        let text = try node.ssh("cat /run/muster-agent/tethered.json")
        return try JSONDecoder().decode(Status.self, from: Data(text.utf8))
    }

    /// The last number of a text that stands between two others.
    private static func number(in text: String, after: String, before: String) throws -> Double {
        guard let end = text.range(of: before, options: .backwards),
            let begin = text.range(of: after, options: .backwards, range: text.startIndex..<end.lowerBound),
            let number = Double(text[begin.upperBound..<end.lowerBound].trimmingCharacters(in: .whitespaces))
        else { throw BenchError("the trace does not say '\(before)'") }
        return number
    }
}
