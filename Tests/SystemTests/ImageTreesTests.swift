import DeploymentModel
import Glibc
import LinuxSystem
import MusterAPI
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Trees that the real dnf and zypper make of real packages, and commands that run in them.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct ImageTreesTests {
    private static let source = Task { try await RPMSource() }

    @Test("dnf fills a tree with signed packages, and the same packages give the same version again")
    func dnf() async throws {
        let source = try await Self.source.value
        let site = try await TreeSite(.root)
        try await site.write(recipe: Self.recipe("rocky", source), to: "small.yaml")
        try await site.muster("image", "build", site.path("small.yaml"))
        #expect(try await site.muster("image", "pack", "small") == "small@1\n")
        try await expectContent(site)
        try await site.muster("image", "build", site.path("small.yaml"))
        let again = try await site.muster("image", "pack", "small", "--output", "json")
        #expect(again.contains("\"is_new\" : false"), "\(again)")
    }

    @Test("zypper fills a tree with signed packages, and the same packages give the same version again")
    func zypper() async throws {
        let source = try await Self.source.value
        let site = try await TreeSite(.root)
        let recipe = Self.recipe("opensuse-leap", source).replacing(
            "release: \"9\"", with: "release: \"15.6\"\nkernel: kernel-core")
        try await site.write(recipe: recipe, to: "small.yaml")
        try await site.muster("image", "build", site.path("small.yaml"))
        #expect(try await site.muster("image", "pack", "small") == "small@1\n")
        try await expectContent(site)
        try await site.muster("image", "build", site.path("small.yaml"))
        let again = try await site.muster("image", "pack", "small", "--output", "json")
        #expect(again.contains("\"is_new\" : false"), "\(again)")
    }

    private func expectContent(_ site: TreeSite) async throws {
        let text = try await site.muster("image", "show", "small", "--output", "json")
        let manifest: ImageManifest = try MusterJSON.decode(from: Array(text.utf8), of: "manifest")
        #expect(
            manifest.packages.map { "\($0.name) \($0.version) \($0.architecture)" } == [
                "base-files 11.1-1 x86_64", "kernel-core 5.14.0-1 x86_64", "test-release 9.4-1 x86_64",
            ])
        #expect(manifest.distribution == "rocky" && manifest.distributionVersion == "9.4")
        #expect(manifest.kernelRelease == RPMSource.kernel)
        let lines = try await site.exec(
            "--discard", "--", "/bin/sh", "-c", "cat /root/kernel-was-here /root/ran /etc/motd")
        #expect(lines.output == "made\ncommand\nhello\n", "\(lines.errors)")
    }

    @Test("a package that somebody else signed, or nobody, or that was changed, is refused; the old tree stays")
    func signatures() async throws {
        for distribution in ["rocky", "opensuse-leap"] {
            // Its own: it is spoilt.
            let source = try await RPMSource()
            let site = try await TreeSite(.root)
            let kernel = distribution == "rocky" ? "" : "\nkernel: kernel-core"
            try await site.write(recipe: Self.recipe(distribution, source) + kernel, to: "small.yaml")
            try await site.muster("image", "build", site.path("small.yaml"))
            let tree = try site.tree()
            func expectRefusal(_ what: String) async throws {
                try await source.index()
                let outcome = try await site.attempt(["image", "build", site.path("small.yaml")])
                #expect(
                    outcome.exitCode == 1, "\(distribution): a package that is \(what) was taken: \(outcome.output)")
                if what != "changed" {
                    #expect(
                        outcome.errors.contains("a package is not signed by a key of the recipe"), "\(outcome.errors)")
                }
                #expect(try site.tree() == tree)
            }
            try await source.makeKey("stranger")
            try await source.sign("stranger", ["test-release"])
            try await expectRefusal("signed by a stranger")
            try await source.build("test-release", "9.4", RPMSource.release)
            try await expectRefusal("not signed")
            try await source.sign("test", ["test-release"])
            let path = try source.path(of: "test-release")
            var bytes = try Files.read(path)
            bytes[bytes.count - 20] ^= 0xFF
            try Files.write(bytes, to: path)
            try await expectRefusal("changed")
        }
    }

    @Test(
        "a command in a tree sees a machine of its own, and what it changes is kept",
        arguments: TreeSite.Rights.allCases)
    func exec(_ rights: TreeSite.Rights) async throws {
        let source = try await Self.source.value
        let site = try await TreeSite(rights)
        try await site.write(recipe: Self.recipe("rocky", source), to: "small.yaml")
        try await site.muster("image", "build", site.path("small.yaml"))
        let seen = try await site.exec(
            "--", "/bin/sh", "-c",
            "hostname; id -u; stat -c '%u %a' /srv; cat /proc/1/comm; ls /proc/self/exe >/dev/null && ls /dev/null /sys/class; "
                + "touch /proc/sysrq-trigger 2>/dev/null; cat /etc/resolv.conf >/dev/null && echo resolver")
        let lines = seen.output.split(separator: "\n")
        #expect(lines.prefix(4) == ["small", "0", "2001 750", "bwrap"], "\(seen)")
        #expect(lines.last == "resolver")
        #expect(!seen.errors.contains("was changed"))
        let changed = try await site.exec(
            "--", "/bin/sh", "-c", "mkdir /srv/batch && touch /srv/batch/file && chown 2001:2001 /srv/batch/file")
        #expect(changed.exitCode == 0 && changed.errors.contains("was changed"), "\(changed)")
        // Owner, capability and the list of packages are as they were, after two ways through a directory.
        let entries = try await site.listing()
        #expect(entries.contains { $0.contains("2001/2001") && $0.hasSuffix("./srv/batch/file") }, "\(entries)")
        #expect(try Files.read(site.archive()).contains(Array("SCHILY.xattr.security.capability=".utf8)))
        let failed = try await site.exec("--", "/bin/sh", "-c", "rm -r /srv/batch; exit 42")
        #expect(failed.exitCode == 42 && failed.errors.contains("was thrown away"), "\(failed)")
        #expect(try await site.listing().contains { $0.hasSuffix("./srv/batch/file") })
        #expect(try await site.muster("image", "pack", "small") == "small@1\n")
        let shown = try await site.muster("image", "show", "small")
        #expect(shown.contains("1 command by hand"), "\(shown)")
        #expect(try site.leftovers() == [])
    }

    @Test("apt and systemctl work in a Debian tree as on a machine")
    func debian() async throws {
        let site = try await SystemSite.ready()
        let muster = Tool("muster", candidates: ["\(site.programs)/muster"], package: nil)
        let result = try await SystemToolRunner().run(
            muster,
            [
                "image", "exec", SystemSite.image, "--discard", "--state-dir", site.stateDirectory, "--", "sh", "-ec",
                """
                apt-get update >/dev/null && apt-get install --yes --no-install-recommends hello >/dev/null 2>&1
                dpkg-query --show --showformat='${Status}\\n' hello
                systemctl disable ssh 2>/dev/null && ! systemctl is-enabled ssh && systemctl enable ssh 2>/dev/null
                systemctl is-enabled ssh
                su --shell /bin/sh --command id nobody
                """,
            ])
        let errors = String(decoding: result.standardError, as: UTF8.self)
        #expect(result.exitCode == 0, "\(errors)")
        let lines = result.text.split(separator: "\n")
        #expect(lines.prefix(3) == ["install ok installed", "disabled", "enabled"], "\(result.text) \(errors)")
        #expect(lines.last?.hasPrefix("uid=65534(nobody)") == true)
    }

    @Test("a command that is killed half-way leaves the old tree, and no process")
    func killed() async throws {
        let source = try await Self.source.value
        let site = try await TreeSite(.root)
        try await site.write(recipe: Self.recipe("rocky", source), to: "small.yaml")
        try await site.muster("image", "build", site.path("small.yaml"))
        let tree = try Files.read(site.archive())
        for (signal, code) in [(SIGKILL, Int32(128 + SIGKILL)), (SIGTERM, Int32(128 + SIGTERM))] {
            let mark = "sleep 98765\(signal)"
            let process = try ChildProcess.spawn(
                site.program,
                [
                    "image", "exec", "--state-dir", site.directory.path, "small", "--", "/bin/sh", "-c",
                    "touch /root/changed; exec \(mark)",
                ],
                log: site.path("exec.log"), newSession: true)
            _ = try await waitForState(
                otherwise: "the command does not run", limit: .seconds(60), every: .milliseconds(50)
            ) {
                try Self.processes(mark).isEmpty ? nil : true
            }
            kill(process, signal)
            #expect(try ChildProcess.wait(process) == code)
            _ = try await waitForState(otherwise: "the command goes on", limit: .seconds(30), every: .milliseconds(50))
            {
                try Self.processes(mark).isEmpty ? true : nil
            }
            #expect(try Files.read(site.archive()) == tree)
        }
        // What the killed one left is removed by the next.
        #expect(try await site.exec("--", "/bin/sh", "-c", "true").exitCode == 0)
        #expect(try site.leftovers() == [])
    }

    private static func processes(_ command: String) throws -> [String] {
        try Files.names(in: "/proc").filter { name in
            guard name.allSatisfy(\.isNumber), let line = try? Files.read("/proc/\(name)/cmdline") else { return false }
            let words = String(decoding: line, as: UTF8.self).split(separator: "\0").joined(separator: " ")
            return words.hasSuffix(command) && !words.contains("/bin/sh")
        }
    }

    static func recipe(_ distribution: String, _ source: RPMSource) -> String {
        """
        name: small
        distribution: \(distribution)
        release: "9"
        repositories:
          - name: test
            baseurl: \(source.uri)
            keys: [{file: \(source.key)}]
        packages: [base-files, test-release]
        files:
          - path: /etc/motd
            content: |
              hello
        commands:
          - echo command > /root/ran
          - chown 2001:2001 /srv && chmod 0750 /srv
        """
    }
}
