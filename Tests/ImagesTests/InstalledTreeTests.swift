import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

/// What the package managers that fill a tree from outside are told. That they understand it is shown by
/// SystemTests.ImageTreesTests, for those that Debian has.
@Suite("trees that a package manager fills")
struct InstalledTreeTests {
    let state: TemporaryDirectory

    init() throws {
        state = try TemporaryDirectory()
        try state.write("-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n", to: "keys/rocky.asc")
        try state.write("-----BEGIN PUBLIC KEY-----\nabc\n", to: "keys/alpine-6165.rsa.pub")
    }

    /// Everything that a package manager was told, by the time that it installs.
    private struct Told: Sendable {
        var arguments: [String] = []
        var environment: [String: String] = [:]
        var files: [String: String] = [:]
    }

    /// Builds a recipe with programs that do nothing but to leave an index and an archive.
    private func build(_ text: String, index: String, mirrors: [String] = []) async throws -> (
        Told, [ScriptedTools.Call]
    ) {
        let told = Recorder<Told>()
        let state = state
        let tools = ScriptedTools { call in
            let words = call.arguments
            if let place = words.firstIndex(of: "--file"), words.contains("--create") {
                try Files.write("tree", to: words[place + 1])
            }
            guard let work = words.firstIndex(of: "--chdir").map({ words[$0 + 1] }), work.hasPrefix(state.path) else {
                return ScriptedTools.success
            }
            if words.contains("makecache") || words.contains("refresh") || words.contains("--initdb") {
                let path = "\(work)/tree/\(index)"
                try Files.createDirectory(FilePathText.parent(of: path))
                try Files.write("<timestamp>1785752167</timestamp>", to: path)
            } else if let place = words.lastIndex(of: "--"), words.contains("systemd") || words.contains("alpine-base")
            {
                var one = Told(arguments: Array(words[(place + 1)...]), environment: call.environment)
                for name in [
                    "dnf.conf", "zypp.conf", ".rpmmacros", "repos/muster.repo", "tree/etc/apk/repositories",
                    "tree/etc/apk/arch", "tree/etc/apk/keys/alpine-6165.rsa.pub",
                ] {
                    one.files[name] = (try? Files.readText("\(work)/\(name)"))?.replacing(work, with: "WORK")
                }
                one.arguments = one.arguments.map { $0.replacing(work, with: "WORK") }
                told.add(one)
            }
            return ScriptedTools.success
        }
        let recipe = try Recipe.parse(Array(text.utf8), file: "\(state.path)/r.yaml")
        try await ImageBuilder(stateDirectory: state.path, tools: tools, temporaryDirectory: state.path)
            .build(recipe, mirrors: mirrors)
        return (try #require(told.all.first), tools.calls)
    }

    @Test("dnf gets a configuration of its own, with checks on, and the tree is described with the index's date")
    func dnf() async throws {
        let (told, calls) = try await build(
            RecipeFamiliesTests.rocky + "\nlocale: de_DE.UTF-8", index: "var/cache/dnf/baseos-1/repodata/repomd.xml")
        #expect(
            Array(told.arguments.dropFirst()) == [
                "--config=WORK/dnf.conf", "--installroot=WORK/tree", "--releasever=9", "--forcearch=x86_64",
                "--assumeyes", "install", "systemd", "@core", "glibc.i686", "kernel-core", "glibc-langpack-de",
            ])
        let configuration = try #require(told.files["dnf.conf"])
        #expect(configuration.contains("\ngpgcheck=1\nlocalpkg_gpgcheck=1\n"))
        #expect(configuration.contains("tsflags=nodocs\nmodule_platform_id=platform:el9\n"))
        #expect(
            configuration.contains(
                """
                [baseos]
                name=baseos
                baseurl=https://mirror.example/$releasever/BaseOS/
                enabled=1
                repo_gpgcheck=0
                gpgkey=file://WORK/keys-1/key-1.asc
                gpgcheck=1
                skip_if_unavailable=0
                """))
        #expect(told.files[".rpmmacros"]?.hasPrefix("%_dbpath /var/lib/rpm\n") == true)
        #expect(told.files[".rpmmacros"]?.contains("%_pkgverify_level all") == true)
        #expect(told.environment["SOURCE_DATE_EPOCH"] == "1785752167")
        #expect(told.environment["KERNEL_INSTALL_BYPASS"] == "1")
        let json = try Files.readText("\(state.path)/private/build/rocky/build.json")
        #expect(json.contains("2026-08-03T10:16:07") && json.contains("\"packages\" : ["))
        // The package manager sees the host read-only; the script sees nothing but the tree.
        let sandboxes = calls.filter { $0.arguments.contains("--chdir") }
        #expect(sandboxes.allSatisfy { $0.arguments.contains("--ro-bind") && $0.arguments.contains("--unshare-pid") })
        let script = try #require(sandboxes.first { $0.arguments.last == "/muster-recipe" })
        #expect(script.environmentIsWhole && script.environment["HOME"] == "/root")
        #expect(script.environment["SOURCE_DATE_EPOCH"] == "1785752167")
        #expect(!script.arguments.contains("--setenv"))
        #expect(!state.content().contains { $0.contains("muster-build-") })
    }

    @Test(
        "newer systems keep rpm's list in its new place",
        arguments: [("fedora", "41"), ("rocky", "10"), ("centos", "10-stream")])
    func database(_ distribution: String, _ release: String) async throws {
        let recipe = RecipeFamiliesTests.rocky.replacing("distribution: rocky", with: "distribution: \(distribution)")
            .replacing("\"9\"", with: "\"\(release)\"")
        let (told, _) = try await build(recipe, index: "var/cache/dnf/baseos-1/repodata/repomd.xml")
        #expect(told.files[".rpmmacros"]?.hasPrefix("%_dbpath /usr/lib/sysimage/rpm\n") == true)
    }

    @Test("zypper gets its keys by rpm, before and with the date of the index, and takes no other repositories")
    func zypper() async throws {
        let recipe = RecipeFamiliesTests.rocky.replacing("distribution: rocky", with: "distribution: opensuse-leap")
            .replacing("\"@core\", glibc.i686", with: "pattern:base")
        let (told, calls) = try await build(
            recipe, index: "var/cache/zypp/raw/baseos/repodata/repomd.xml", mirrors: ["file:///srv/leap"])
        #expect(
            Array(told.arguments.dropFirst()) == [
                "--root", "WORK/tree", "--reposd-dir", "WORK/repos", "--releasever", "9", "--non-interactive",
                "install", "--no-recommends", "--auto-agree-with-licenses", "systemd",
                "pattern:base", "kernel-default",
            ])
        let repositories = try #require(told.files["repos/muster.repo"])
        #expect(repositories.contains("baseurl=file:///srv/leap\n") && !repositories.contains("mirror.example"))
        #expect(repositories.contains("gpgcheck=1\npkg_gpgcheck=1\n"))
        #expect(told.files["zypp.conf"]?.contains("arch = x86_64\n") == true)
        #expect(told.environment["ZYPP_CONF"]?.hasSuffix("/zypp.conf") == true)
        let imports = calls.filter { $0.arguments.contains("--import") }
        #expect(imports.map { $0.environment["SOURCE_DATE_EPOCH"] } == [nil, "1785752167"])
    }

    @Test("apk gets the recipe's keys under their own names, and no way around them")
    func apk() async throws {
        let recipe = RecipeFamiliesTests.alpine.replacing("/keys/alpine.rsa.pub", with: "keys/alpine-6165.rsa.pub")
        let (told, calls) = try await build(recipe, index: "var/cache/apk/APKINDEX.1234.tar.gz")
        #expect(
            Array(told.arguments.dropFirst()) == [
                "--root", "WORK/tree", "--arch", "x86_64", "--keys-dir", "WORK/tree/etc/apk/keys", "add", "alpine-base",
                "linux-lts",
            ])
        #expect(told.files["tree/etc/apk/repositories"] == "https://mirror.example/alpine/v3.22/main\n")
        #expect(told.files["tree/etc/apk/keys/alpine-6165.rsa.pub"] != nil)
        #expect(!calls.contains { $0.arguments.contains("--allow-untrusted") })
        let json = try Files.readText("\(state.path)/private/build/alpine/build.json")
        #expect(!json.contains("packages"))
    }

    @Test("Ubuntu comes from its own archives, with its own kernel")
    func ubuntu() throws {
        let text = RecipeTests.smallest.replacing("debian", with: "ubuntu").replacing("bookworm", with: "noble")
        let recipe = try Recipe.parse(Array(text.utf8), file: "r.yaml")
        #expect(recipe.kernel == "linux-image-virtual")
        #expect(
            recipe.sources(overriding: [], host: []).map(\.line) == [
                "deb http://archive.ubuntu.com/ubuntu noble main",
                "deb http://archive.ubuntu.com/ubuntu noble-updates main",
                "deb http://security.ubuntu.com/ubuntu noble-security main",
            ])
        let arm = try Recipe.parse(Array((text + "\narchitecture: arm64").utf8), file: "r.yaml")
        #expect(arm.sources(overriding: [], host: []).allSatisfy { $0.uri == "http://ports.ubuntu.com/ubuntu-ports" })
    }

    @Test("a mirror's own key is given to apt beside the distribution's")
    func mirrorKeys() async throws {
        let text =
            RecipeTests.smallest
            + "\nmirrors: [{uri: 'http://m.example/d', suites: [bookworm], keys: [{file: keys/rocky.asc}]}]"
        let tools = ScriptedTools([
            "unshare": { _ in ScriptedTools.success },
            "apt-helper": { call in
                try Files.write("Date: Sat, 2 Aug 2026 10:16:07 UTC\n", to: call.arguments[2])
                return ScriptedTools.success
            },
            "mmdebstrap": { call in
                let directory = call.arguments.last { $0.hasPrefix("--keyring=") }?.dropFirst("--keyring=".count) ?? ""
                #expect(try Files.readText("\(directory)/key-1.asc").contains("BEGIN PGP"))
                try Files.write("tree", to: call.arguments.first { $0.hasSuffix("tree.partial.tar") } ?? "")
                return ScriptedTools.success
            },
        ])
        let recipe = try Recipe.parse(Array(text.utf8), file: "\(state.path)/r.yaml")
        try await ImageBuilder(stateDirectory: state.path, tools: tools, temporaryDirectory: state.path).build(recipe)
        #expect(tools.calls(of: "mmdebstrap").count == 1)
    }
}
