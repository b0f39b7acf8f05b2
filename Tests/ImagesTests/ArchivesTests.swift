import DiskFormats
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("site and addons archives")
struct ArchivesTests {
    @Test("the site's archive holds its public keys, and is the same for the same site")
    func site() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/site.cpio"
        func write() throws -> [UInt8] {
            try SiteArchive.writeSite(
                caPEM: "-----BEGIN CERTIFICATE-----\n", imagePublicKey: [UInt8](repeating: 0xAB, count: 32),
                siteName: "lab", issuedAt: Timestamp(seconds: 0), to: path)
            return try Files.read(path)
        }
        let bytes = try write()
        #expect(try write() == bytes)
        #expect(bytes.count % 512 == 0)
        let files = try CpioReader.entries(of: bytes).filter { if case .file = $0.content { true } else { false } }
        #expect(
            files == [
                .file("etc/muster/site/ca.pem", Array("-----BEGIN CERTIFICATE-----\n".utf8)),
                .file("etc/muster/site/image-key.pub", Array((String(repeating: "ab", count: 32) + "\n").utf8)),
                .file(
                    "etc/muster/site/site.json",
                    Array("{\n  \"issued_at\" : \"1970-01-01T00:00:00.000000Z\",\n  \"site\" : \"lab\"\n}\n".utf8)),
            ])
        #expect(directory.content() == ["site.cpio"])
    }

    @Test("an image key of another length is refused")
    func wrongKey() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: MusterError.self) {
            try SiteArchive.writeSite(
                caPEM: "", imagePublicKey: [1], siteName: "lab", issuedAt: Timestamp(seconds: 0),
                to: "\(directory.path)/site.cpio")
        }
        #expect(directory.content() == [])
    }

    @Test("the addons are the first program, the agent and the hooks of installers, all executable")
    func addons() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("early", to: "early-init")
        try directory.write("agent", to: "agent")
        try await AddonsArchive.write(
            earlyInit: "\(directory.path)/early-init", agent: "\(directory.path)/agent",
            to: "\(directory.path)/addons.cpio", tools: ScriptedTools(ScriptedTools.packing))
        let bytes = try Files.read("\(directory.path)/addons.cpio")
        let entries = try CpioReader.entries(of: bytes)
        let files = entries.filter { $0.content != .directory }
        #expect(
            files.prefix(2) == [
                .file("usr/lib/muster/early-init", Array("early".utf8), permissions: 0o755),
                .file("usr/lib/muster/muster-agent", Array("agent".utf8), permissions: 0o755),
            ])
        #expect(files.allSatisfy { $0.permissions == 0o755 })
        // An entry for `lib` would take away a link of that name.
        #expect(entries.filter { $0.content == .directory }.allSatisfy { $0.path.hasPrefix("usr") })
        #expect(bytes.count % 512 == 0)
        #expect(directory.content() == ["addons.cpio", "agent", "early-init"])
    }

    @Test("a compressor that fails leaves the former addons")
    func failingCompressor() async throws {
        let directory = try TemporaryDirectory()
        for name in ["early-init", "agent"] { try directory.write("x", to: name) }
        try directory.write("former", to: "addons.cpio")
        await #expect(throws: MusterError.self) {
            try await AddonsArchive.write(
                earlyInit: "\(directory.path)/early-init", agent: "\(directory.path)/agent",
                to: "\(directory.path)/addons.cpio",
                tools: ScriptedTools(["gzip": { _ in ScriptedTools.failure("no") }]))
        }
        #expect(try Files.readText("\(directory.path)/addons.cpio") == "former")
        #expect(directory.content() == ["addons.cpio", "agent", "early-init"])
    }
}
