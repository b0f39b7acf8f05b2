import Foundation

/// A machine writes an image to its disk, and beside it a disk that was exported from the same version.
struct InstallBenchmark: Benchmark {
    static let name = "install"
    static let summary = """
        one virtual machine with BIOS and two equal disks in the lab, its link limited to 1 Gb/s, emulated without KVM: in \
        the stage pre of an installation `curl | zstd -d | dd` writes the exported disk of the same version to the one, \
        and then the installation the version to the other
        """
    static let promises = ["installtodisk, image on the disk"]

    private static let image = "bench-disk"

    func run(_ bench: Bench) async throws {
        let image = try KeptImage(
            bench, name: Self.image, base: "debian-12-disk", adding: KeptImage.computing + ["curl"])
        let size = try export(image, bench)
        try makeProfile(image)
        let node = try LabNode(image, disks: ["4G", "4G"], bench)
        defer { node.end() }
        try node.run(["tc", "qdisc", "replace", "dev", "muster0", "root"] + BootBenchmark.limit)
        try image.muster(["deploy", node.name, Self.image, "--yes", "--force"])
        let events = try await copied(node, image)
        bench.add(
            Row(
                Self.promises[0], unit: "s", better: .lower,
                [
                    "muster": once("muster", try installation(events)),
                    "dd": once("curl | zstd -d | dd", try peer(events)),
                ], goal: .ratio(atLeast: 1 / 1.15),
                notes: [
                    "from the choice of the disk until the last file is on it: table, file systems, fetching, checking, "
                        + "decrypting and copying; the boot loader comes after it and is in neither",
                    "beside it curl -k of the same server's HTTPS, dd with bs=4M conv=fsync; \(size)",
                ]))
    }

    /// Puts the disk where machines can fetch it. In words, how large it is.
    private func export(_ image: KeptImage, _ bench: Bench) throws -> String {
        let disk = "\(bench.work)/disk.raw"
        try image.muster(["image", "export", Self.image, "--format", "raw", "--to", disk], seconds: 300)
        defer { unlink(disk) }
        let directory = "\(image.directory)/public/bench"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let packed = "\(directory)/disk.raw.zst"
        try bench.run(["zstd", "-q", "-f", "-9", "-T0", disk, "-o", packed], seconds: 300)
        chmod(packed, 0o644)
        func megabytes(_ path: String) throws -> String {
            var info = stat()
            guard stat(path, &info) == 0 else { throw BenchError("there is no \(path)") }
            return String(format: "%.0f MB", Double(info.st_size) / 1e6)
        }
        return "\(try megabytes(disk)), compressed \(try megabytes(packed)); the version's root file system "
            + String(format: "%.0f MB", try image.rootSize() / 1e6)
    }

    private func makeProfile(_ image: KeptImage) throws {
        let path = "\(image.directory)/public/os/\(Self.image)"
        if access(path, F_OK) != 0 { try image.muster(["profile", "create", Self.image, Self.image]) }
        let settings = "\(path)/profile.yaml"
        let text = try String(contentsOfFile: settings, encoding: .utf8)
        try text.replacingOccurrences(of: "method: untethered", with: "method: installtodisk")
            .write(toFile: settings, atomically: false, encoding: .utf8)
        let script = "\(path)/scripts/pre.d/10-peer"
        try Self.script.write(toFile: script, atomically: false, encoding: .utf8)
        chmod(script, 0o755)
        try image.muster(["profile", "update-boot", Self.image])
    }

    /// The programs are read once before: they lie in the image.
    private static let script = """
        #!/bin/bash
        set -e -o pipefail
        for program in curl zstd dd; do $program --version > /dev/null; done
        begin=$(date +%s%N)
        curl -sSfk https://10.88.0.1/bench/disk.raw.zst | zstd -dc | dd of=/dev/vdb bs=4M conv=fsync status=none
        end=$(date +%s%N)
        echo "dd took $(( (end - begin) / 1000000 )) ms"

        """

    private struct Event: Decodable {
        let step, status, message: String
        let time: String
    }

    /// The trace as soon as all files are on the disk.
    private func copied(_ node: LabNode, _ image: KeptImage) async throws -> [Event] {
        struct Trace: Decodable { let events: [Event] }
        let limit = now() + 400
        while now() < limit {
            let text = try image.muster(["trace", node.name, "--output", "json"])
            let events = try JSONDecoder().decode(Trace.self, from: Data(text.utf8)).events
            if let failure = events.first(where: { $0.status == "failed" }) { throw BenchError(failure.message) }
            if events.contains(where: { $0.step == "copy" && $0.status == "done" }) { return events }
            try await Task.sleep(for: .seconds(1))
        }
        throw BenchError("\(node.name) did not install the image within 400 s")
    }

    private func installation(_ events: [Event]) throws -> Double {
        guard let begin = events.first(where: { $0.step == "disk" && $0.message.contains(" is taken") }),
            let end = events.first(where: { $0.step == "copy" && $0.status == "done" })
        else { throw BenchError("the trace of the installation lacks steps") }
        let seconds = try Self.secondOfDay(end.time) - Self.secondOfDay(begin.time)
        return seconds < 0 ? seconds + 86_400 : seconds
    }

    /// Of a time like `2026-01-31T23:59:59.123456Z`.
    private static func secondOfDay(_ time: String) throws -> Double {
        let parts = time.dropFirst(11).dropLast().split(separator: ":").compactMap { Double($0) }
        guard parts.count == 3 else { throw BenchError("the trace has the time \(time)") }
        return (parts[0] * 60 + parts[1]) * 60 + parts[2]
    }

    private func once(_ program: String, _ seconds: Double) -> Row.Measured {
        Row.Measured(program: program, median: seconds, rounds: [seconds])
    }

    private func peer(_ events: [Event]) throws -> Double {
        let line = events.first { $0.message.contains("dd took ") }?.message
        guard let number = line?.split(separator: " ").dropLast().last.flatMap({ Double($0) })
        else { throw BenchError("the trace does not say how long dd took") }
        return number / 1000
    }
}
