import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import MusterCommands
import TestSupport
import Testing

@Suite("profile commands")
struct ProfileCommandTests {
    private let fixture: CommandFixture
    let directory: TemporaryDirectory
    private static let medium = "debian-13-netboot-amd64"
    private var state: String { directory.path("state") }

    init() async throws {
        directory = try TemporaryDirectory()
        // Programs that look at answers and scripts find nothing.
        var fixture = CommandFixture()
        fixture.tools = ScriptedTools { _ in ScriptedTools.success }
        self.fixture = fixture
        for (path, text) in [
            ("version.info", "Debian version:  13 (trixie)\n"), ("debian-installer/amd64/linux", "the kernel"),
            ("debian-installer/amd64/initrd.gz", "the initramfs"),
        ] { try directory.write(text, to: "tree/\(path)") }
        let imported = await fixture.run(
            "media", "import", directory.path("tree"), "--no-profile", "--state-dir", state)
        try #require(imported.code == 0, "\(imported.errors)")
    }

    private func profile(_ arguments: String...) async -> CommandFixture.Outcome {
        await fixture.run(["profile"] + arguments + ["--state-dir", state])
    }

    private func path(_ name: String) -> String { "\(state)/public/os/trixie/\(name)" }

    private func status(_ profile: String, _ deploymentState: DeploymentState) -> StatusList {
        var deployment = Deployment(
            id: "0123456789abcdef", node: "n1", profile: profile, method: .scripted, image: nil,
            armedAt: Timestamp(seconds: 0), armedBy: "admin")
        deployment.state = deploymentState
        return StatusList(
            nodes: [
                .init(
                    node: "n1", deployment: deployment, running: nil, lastHeartbeat: nil, alive: false, diagnosis: nil)
            ],
            revision: 1)
    }

    @Test("a profile is made of a medium in a variant, which its record tells; an image has none")
    func variants() async throws {
        let made = await profile("create", "trixie", Self.medium, "--variant", "minimal", "-o", "json")
        #expect(made.code == 0 && made.output.contains("\"variant\" : \"minimal\""), "\(made.errors)")
        #expect(try Files.readText(path(".muster/origin.json")).contains("\"variant\" : \"minimal\""))
        let unknown = await profile("create", "other", Self.medium, "--variant", "huge")
        #expect(unknown.code == 64 && unknown.errors.contains("minimal"), "\(unknown.errors)")
        let image = await profile("create", "other", "debian-12", "--variant", "hpc")
        #expect(image.code == 64 && image.errors.contains("--variant goes with a medium"), "\(image.errors)")
    }

    @Test("update-boot names the files that it wrote")
    func updateBoot() async throws {
        _ = await profile("create", "trixie", Self.medium)
        #expect(await profile("update-boot").output.hasPrefix("the settings are good"))
        try Files.remove(path("boot.ipxe"))
        #expect(await profile("update-boot", "trixie").output == "updated trixie: boot.ipxe\n")
    }

    @Test("a profile with faults ends verify with 1, and each is named on standard error")
    func verify() async throws {
        _ = await profile("create", "trixie", Self.medium)
        _ = await profile("copy", "trixie", "web")
        try Files.remove(path("preseed.cfg"))
        let outcome = await profile("verify")
        #expect(outcome.code == 1 && outcome.output == "trixie  bad\nweb  good\n")
        #expect(outcome.errors == "muster: trixie: the answer file preseed.cfg is missing\n")
        #expect(await profile("verify", "web").code == 0)
        #expect(await profile("verify", "absent").code == 1)
    }

    @Test("rebase tells what a profile follows, and leaves the administrator's files to the administrator")
    func rebase() async throws {
        _ = await profile("create", "trixie", Self.medium)
        let fresh = await profile("rebase", "trixie", "--check")
        #expect(fresh.code == 0 && fresh.output.contains("there is nothing to change"), "\(fresh)")
        for file in ["preseed.cfg", ".muster/origin/preseed.cfg"].map(path) {
            try Files.write(
                try Files.readText(file).replacing("participate boolean false", with: "x/y boolean true"), to: file)
        }
        let check = await profile("rebase", "trixie", "--check")
        #expect(check.code == 1 && check.output.contains("updated  preseed.cfg\n--- a/preseed.cfg\n"), "\(check)")
        try Files.write(try Files.readText(path("preseed.cfg")) + "# mine\n", to: path("preseed.cfg"))
        let kept = await profile("rebase", "trixie", "-o", "json")
        #expect(kept.code == 1 && kept.output.contains("\"outcome\" : \"kept\""))
        #expect(kept.errors.contains("muster profile rebase trixie --resolved preseed.cfg"))
        #expect(await profile("rebase", "trixie", "--resolved", "preseed.cfg").code == 0)
        #expect(await profile("rebase", "trixie", "--adopt", "--merge").code == 64)
    }

    @Test("a profile that a node has is not removed; one that none has is, and its medium can go")
    func remove() async throws {
        _ = await profile("create", "trixie", Self.medium)
        try fixture.service.on(
            "GET /api/v1/status", status("trixie", .installing), status("trixie", .deployed), status("other", .deployed)
        )
        let busy = await profile("remove", "trixie")
        #expect(
            busy.code == 1 && busy.errors.contains("in use by 1 node: n1; 1 deployment of it is under way"),
            "\(busy.errors)")
        #expect(busy.errors.contains("muster deploy n1 --clear"))
        #expect(await profile("remove", "trixie").code == 1)
        #expect(Files.exists(path("profile.yaml")))
        let removed = await profile("remove", "trixie")
        #expect(removed.code == 0 && removed.output == "removed trixie\n" && !Files.exists(path("")))
        #expect(await profile("remove", "trixie").code == 1)
    }

    @Test("without a service nothing is removed where there may be nodes; on a terminal it asks")
    func asked() async throws {
        _ = await profile("create", "trixie", Self.medium)
        var away = fixture
        away.isReachable = false
        away.terminal = CommandFixture.screen
        away.typed = ["n"]
        let arguments = ["profile", "remove", "trixie", "--state-dir", state]
        let no = await away.run(arguments)
        #expect(
            no.code == 1 && no.errors.hasSuffix("nothing was done\n") && Files.exists(path("profile.yaml")), "\(no)")
        try Files.write("", to: "\(state)/muster.sqlite")
        #expect(await away.run(arguments + ["--yes"]).errors.contains("does not answer"))
        try Files.remove("\(state)/muster.sqlite")
        #expect(await away.run(arguments + ["--yes"]).code == 0)
    }
}
