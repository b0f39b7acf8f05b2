import LinuxSystem
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The network files of the unit tests, in the hands of the programs that are to read them.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct NetworkFormatTests {
    static let samples = ["two", "stack", "bridge", "tagged"]

    private struct Unpacked {
        let directory: TemporaryDirectory
        /// Within the directory, with a slash before each.
        let paths: [String]
    }

    /// Puts the files of a sample into a directory.
    private func unpack(_ sample: String, _ format: String) throws -> Unpacked {
        let golden = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "OSFamiliesTests/Golden/\(sample).\(format)")
        let directory = try TemporaryDirectory()
        var paths: [String] = []
        for part in try String(contentsOf: golden, encoding: .utf8).components(separatedBy: "==> ").dropFirst() {
            let end = try #require(part.firstIndex(of: "\n"))
            let words = part[..<end].split(separator: " ")
            let path = String(try #require(words.first))
            try Files.createDirectory(FilePathText.parent(of: directory.path + path))
            try Files.write(
                String(part[part.index(after: end)...]), to: directory.path + path,
                mode: try #require(UInt16(words.last ?? "", radix: 8)))
            paths.append(path)
        }
        return Unpacked(directory: directory, paths: paths)
    }

    /// - Returns: what the command prints, errors behind.
    private func run(_ command: String) async throws -> String {
        let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
        return try await SystemToolRunner().check(shell, ["-c", command + " 2>&1"], doing: "running \(command)").text
    }

    @Test("netplan makes files for systemd-networkd of its file, without a complaint", arguments: samples)
    func netplan(sample: String) async throws {
        let files = try unpack(sample, "netplan")
        let said = try await run("netplan generate --root-dir '\(files.directory.path)'")
        #expect(said.isEmpty, "\(said)")
        #expect(try !Files.names(in: files.directory.path("run/systemd/network")).isEmpty)
    }

    @Test("ifup finds all it needs in the file of ifupdown", arguments: samples)
    func ifupdown(sample: String) async throws {
        let files = try unpack(sample, "ifupdown")
        let path = files.directory.path("etc/network/interfaces.d/muster")
        let state = files.directory.path("state")
        let names = try await run("ifquery --list --interfaces='\(path)'").split(separator: "\n")
        #expect(!names.isEmpty)
        var said = ""
        for kind in ["auto", "hotplug"] {
            said += try await run(
                "ifup --no-act --all --allow=\(kind) --force --interfaces='\(path)' --state-dir='\(state)'")
        }
        for line in try Files.readText(path).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, ["pre-up", "up"].contains(words[0]) else { continue }
            #expect(said.contains(words[1]), "\(said)")
        }
    }

    @Test("NetworkManager's client takes each keyfile, and keeps each of its settings", arguments: samples)
    func networkManager(sample: String) async throws {
        let files = try unpack(sample, "networkmanager")
        for path in files.paths {
            let whole = files.directory.path + path
            // A change that changes nothing: it reads, checks and writes the connection.
            let said = try await run("nmcli --offline connection modify connection.autoconnect-retries 1 <'\(whole)'")
            let kept = Set(said.split(separator: "\n"))
            // What NetworkManager takes for granted, it does not write.
            for line in try Files.readText(whole).split(separator: "\n") where line != "stp=true" {
                #expect(kept.contains(line), "\(path): \(line) is not in\n\(said)")
            }
        }
    }

    @Test("what AutoYaST gets is XML", arguments: samples)
    func autoYaST(sample: String) async throws {
        let golden = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "OSFamiliesTests/Golden/\(sample).autoyast")
        let directory = try TemporaryDirectory()
        let profile =
            "<profile xmlns=\"http://www.suse.com/1.0/yast2ns\" xmlns:config=\"http://www.suse.com/1.0/configns\">\n"
            + (try String(contentsOf: golden, encoding: .utf8)) + "</profile>\n"
        try Files.write(profile, to: directory.path("profile.xml"))
        #expect(try await run("xmllint --noout '\(directory.path("profile.xml"))'").isEmpty)
    }
}
