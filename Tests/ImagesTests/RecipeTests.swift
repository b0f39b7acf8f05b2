import Foundation
import Images
import MusterBase
import Testing

@Suite("recipe")
struct RecipeTests {
    static let uriRule = "http://…, https://… or file:///…, without blanks, user or password"

    static let smallest = """
        name: small
        distribution: debian
        suite: bookworm
        packages: [systemd]
        """

    private func parse(_ text: String) throws -> Recipe { try Recipe.parse(Array(text.utf8), file: "r.yaml") }

    @Test("the smallest recipe gets the documented defaults")
    func defaults() throws {
        let recipe = try parse(Self.smallest)
        #expect(recipe.name == "small")
        #expect(recipe.architecture == .amd64)
        #expect(recipe.components == ["main"])
        #expect(recipe.kernel == "linux-image-cloud-amd64")
        #expect(recipe.locale == "C.UTF-8")
        #expect(recipe.files.isEmpty && recipe.commands.isEmpty && recipe.mirrors.isEmpty)
        #expect(!recipe.documentation)
    }

    @Test("every key is read")
    func everyKey() throws {
        let recipe = try parse(
            """
            name: full-1.0
            label: All of it
            distribution: debian
            suite: trixie
            architecture: arm64
            mirrors:
              - uri: http://mirror.example/debian
                suites: [trixie, trixie-updates]
                components: [main, contrib]
            components: [main, non-free-firmware]
            packages: [systemd, "bash=5.2-1+b1"]
            kernel: linux-image-arm64
            files:
              - path: /etc/motd
                mode: 0600
                content: |
                  hello
              - {path: /etc/empty, content: ""}
            commands:
              - echo one
            services: {enable: [ssh, getty@tty2.service], disable: [cron]}
            locale: en_GB.UTF-8
            documentation: true
            """)
        #expect(recipe.label == "All of it")
        #expect(recipe.architecture.machine == "aarch64")
        #expect(recipe.mirrors.first?.components == ["main", "contrib"])
        #expect(recipe.packages == ["systemd", "bash=5.2-1+b1"])
        #expect(recipe.files.map(\.permissions) == [0o600, 0o644])
        #expect(recipe.files.map(\.content) == ["hello\n", ""])
        #expect(recipe.enabledServices == ["ssh", "getty@tty2.service"])
        #expect(recipe.disabledServices == ["cron"])
        #expect(recipe.locale == "en_GB.UTF-8")
        #expect(recipe.documentation)
    }

    @Test(
        "the recipes that ship can be read, and are called as their files",
        arguments: [
            ("debian-12", Recipe.Family.apt), ("debian-12-disk", .apt), ("debian-12-encrypted", .apt),
            ("debian-13", .apt), ("ubuntu-24.04", .apt), ("rocky-9", .dnf),
            ("leap-15.6", .zypper),
        ])
    func shipped(_ name: String, _ family: Recipe.Family) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let recipe = try Recipe.read(path: root.appendingPathComponent("recipes/\(name).yaml").path)
        #expect(recipe.name == name)
        #expect(recipe.distribution.family == family)
        #expect(recipe.packages.contains { $0.hasPrefix("openssh") })
    }

    static let faults: [(text: String, message: String)] = [
        (
            smallest + "\npakages: [a]",
            "r.yaml:5:1: unknown key 'pakages' in a recipe for debian; allowed: name, label, distribution, suite, "
                + "architecture, mirrors, components, packages, kernel, files, commands, services, users, locale, "
                + "documentation"
        ),
        ("name: x", "r.yaml:1:1: a recipe lacks the key 'distribution'"),
        (
            smallest.replacing("debian", with: "gentoo"),
            "r.yaml:2:15: 'gentoo' is no distribution that can be built; allowed: debian, ubuntu, rocky, almalinux, "
                + "centos, rhel, ol, fedora, openeuler, opensuse-leap, opensuse-tumbleweed, sles, alpine"
        ),
        (smallest + "\ncommands: [~]", "r.yaml:5:12: a command must be a text"),
        (smallest + "\ncommands: [\"a\\0b\"]", "r.yaml:5:12: a command must not hold a NUL"),
        (smallest + "\nlabel: \"a\\nb\"", "r.yaml:5:8: 'a\nb' is no label; allowed: one line"),
        (smallest + "\narchitecture: x86_64", "r.yaml:5:15: 'x86_64' is no architecture; allowed: amd64, arm64"),
        (smallest.replacing("[systemd]", with: "systemd"), "r.yaml:4:11: packages must be a list"),
        (
            smallest.replacing("[systemd]", with: "[systemd, --option]"),
            "r.yaml:4:21: '--option' is no package name; allowed: a Debian package name, with =VERSION or /SUITE "
                + "if wanted"
        ),
        (
            smallest + "\nfiles: [{path: etc/motd, content: a}]",
            "r.yaml:5:16: 'etc/motd' is no path of a file; allowed: an absolute path without '.', '..' or '//'"
        ),
        (
            smallest + "\nfiles: [{path: /etc/hostname, content: a}]",
            "r.yaml:5:16: /etc/hostname is particular to one machine, so an image cannot hold it"
        ),
        (
            smallest + "\nfiles: [{path: /a, content: x}, {path: /a, content: y}]",
            "r.yaml:5:8: the file /a stands here more than once"
        ),
        (
            smallest + "\nfiles: [{path: /a, mode: 0888, content: x}]",
            "r.yaml:5:26: '0888' is no mode; allowed: three or four octal digits, such as 0644"
        ),
        (
            smallest + "\nmirrors: [{uri: 'ftp://a', suites: [b]}]",
            "r.yaml:5:17: 'ftp://a' is no mirror URI; allowed: \(uriRule)"
        ),
        (
            smallest + "\nmirrors: [{uri: 'http://joe:pw@a/b', suites: [b]}]",
            "r.yaml:5:17: 'http://joe:pw@a/b' is no mirror URI; allowed: \(uriRule)"
        ),
        (smallest + "\ncomponents: []", "r.yaml:5:13: components must name at least one"),
        (
            smallest + "\nfiles: [{path: /\(String(repeating: "x", count: 101)), content: a}]",
            "r.yaml:5:16: the path /\(String(repeating: "x", count: 101)) is too long; "
                + "allowed: names of at most 100 octets, 250 in all"
        ),
        (
            smallest + "\nservices: {start: [a]}",
            "r.yaml:5:12: unknown key 'start' in services; allowed: enable, disable"
        ),
        (smallest + "\ndocumentation: 1", "r.yaml:5:16: '1' is no documentation; allowed: true, false"),
        (smallest + "\nlabel:", "r.yaml:5:7: label must not be empty"),
        (smallest + "\nname: again", "r.yaml:1:1: the key 'name' stands here more than once"),
        ("a: [", "r.yaml:2:1: this is not YAML: did not find expected node content"),
        ("", "r.yaml:1:1: the file is empty"),
        (
            "- a",
            "r.yaml:1:1: a recipe must be a mapping; allowed: name, label, distribution, suite, architecture, "
                + "mirrors, components, packages, kernel, files, commands, services, users, locale, documentation, "
                + "release, repositories"
        ),
    ]

    @Test("a fault is told in one line with its place and what is allowed", arguments: faults.indices)
    func fault(_ index: Int) {
        let fault = Self.faults[index]
        do {
            _ = try parse(fault.text)
            Issue.record("was taken: \(fault.text)")
        } catch {
            #expect("\(error)" == fault.message)
            #expect((error as? MusterError)?.exitCode == 1)
        }
    }

    @Test("two recipes that differ in anything have different digests")
    func digest() throws {
        #expect(try parse(Self.smallest).digest != parse(Self.smallest + "\n").digest)
    }
}
