import DeploymentModel
import Glibc
import Lab
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

/// A real site with a real image, in labs that come and go. All of it is driven by the programs that were built, as
/// users drive them.
struct SystemSite: Sendable {
    static let image = "debian-12"
    /// Has what it needs to install itself.
    static let diskImage = "debian-12-disk"
    static let address = "10.88.0.1"

    /// Directory of the programs under test: that of the test runner itself.
    let programs: String
    let stateDirectory: String
    private let tools = SystemToolRunner()

    private static let shared = Task { try await SystemSite().prepared() }

    /// The site, made and with its image packed the first time that it is asked for.
    static func ready() async throws -> SystemSite { try await shared.value }

    private init() throws {
        guard
            let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) ?? CommandLine.arguments.first
        else { throw MusterError(.internalFailure, "the test runner has no name") }
        programs = URL(filePath: bundle).deletingLastPathComponent().path
        stateDirectory = "\(programs)/system-tests"
    }

    private func prepared() async throws -> SystemSite {
        try await Lab(stateDirectory: stateDirectory, tools: tools).down()
        _ = try await muster("init", "--site", "test")
        if try await !muster("image", "list", "--output", "json").contains("\"debian-12\"") {
            _ = try await muster("image", "build", Self.image)
            _ = try await muster("image", "pack", Self.image)
        }
        if !Files.exists("\(stateDirectory)/public/os/\(Self.image)/profile.yaml") {
            _ = try await muster("profile", "create", Self.image, Self.image)
        }
        if !Files.exists(administratorKey) {
            _ = try await tools.check(
                .sshKeygen, ["-q", "-t", "ed25519", "-N", "", "-f", administratorKey], doing: "making a key")
        }
        return self
    }

    var administratorKey: String { "\(stateDirectory)/administrator" }

    /// What the version that machines boot is made of.
    var manifest: ImageManifest {
        get throws {
            let script = try Files.readText("\(stateDirectory)/public/os/\(Self.image)/boot.ipxe")
            guard let line = script.split(separator: "\n").first(where: { $0.hasPrefix("# image: ") }),
                let image = ImageReference(line.dropFirst("# image: ".count))
            else { throw MusterError(.internalFailure, "boot.ipxe names no image") }
            let path = "\(stateDirectory)/public/images/\(image.name)/\(image.version).manifest"
            return try MusterJSON.decode(from: Files.read(path), of: path)
        }
    }

    // MARK: Commands

    struct Outcome: Sendable {
        var exitCode: Int32
        var output: String
        var errors: String
    }

    /// Runs `muster` and gives what it printed. Fails the test when it does not end with 0.
    @discardableResult
    func muster(_ arguments: String...) async throws -> String {
        let outcome = try await attempt(arguments)
        guard outcome.exitCode == 0 else {
            throw MusterError(
                .systemFailure,
                "muster \(arguments.joined(separator: " ")) ended with \(outcome.exitCode): "
                    + outcome.errors)
        }
        return outcome.output
    }

    /// Runs `muster`, however it ends.
    func attempt(_ arguments: [String]) async throws -> Outcome {
        let tool = Tool("muster", candidates: ["\(programs)/muster"], package: nil)
        // What follows `--` is a command for somebody else.
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let all = arguments[..<end] + ["--state-dir", stateDirectory] + arguments[end...]
        let result = try await tools.run(tool, Array(all), ToolOptions(outputLimit: 64 << 20))
        return Outcome(
            exitCode: result.exitCode, output: result.text,
            errors: String(decoding: result.standardError, as: UTF8.self))
    }

    func trace(_ node: String) async throws -> Trace {
        try MusterJSON.decode(from: Array(try await muster("trace", node, "--output", "json").utf8), of: "trace")
    }

    func status(_ node: String) async throws -> StatusList.Status? {
        let text = try await muster("status", node, "--output", "json")
        return try MusterJSON.decode(StatusList.self, from: Array(text.utf8), of: "status").nodes.first
    }

    /// Waits until a status is as wanted; throws with the last one after `limit`.
    func wait(
        for node: String, limit: Duration = .seconds(600), until isWanted: (StatusList.Status) -> Bool
    ) async throws -> StatusList.Status {
        var last: StatusList.Status?
        return try await waitForState(
            otherwise: "\(node) did not get there: \(String(describing: last))", limit: limit, every: .milliseconds(500)
        ) {
            last = try? await status(node)
            return last.flatMap { isWanted($0) ? $0 : nil }
        }
    }

    /// Where the chunks of a node's last installation came from, as its trace says.
    func installedChunks(_ node: String) async throws -> (fromServers: Int, fromDisk: Int) {
        let staged = try await trace(node).events.last { $0.step == Step.staged && $0.status == .done }
        let words = try #require(staged).message.split(separator: " ")
        let servers = try #require(words.firstIndex(of: "chunks"))
        let disk = try #require(words.lastIndex(of: "from"))
        return try (#require(Int(words[servers - 1])), #require(Int(words[disk - 1])))
    }

    func waitUntilDeployed(_ node: String, limit: Duration = .seconds(900)) async throws {
        let status = try await wait(for: node, limit: limit) { $0.deployment?.state.isOver == true }
        guard status.deployment?.state == .deployed else {
            throw MusterError(.systemFailure, "\(node) failed: \(status.deployment?.failure ?? "nothing is known")")
        }
    }

    // MARK: Labs

    /// Runs `body` in a lab with these machines, switched off at first, and takes the lab down again.
    ///
    /// - Parameters:
    ///   - settings: muster.yaml; nil for one that owns addressing.
    ///   - services: programs that run in the lab beside musterd.
    func withLab(
        _ machines: [LabMachine], settings: String? = nil, services: [LabService] = [],
        _ body: (Lab) async throws -> Void
    ) async throws {
        let own = "networks:\n  - interface: muster0\n    mode: own\nheartbeat: 5\n"
        try AtomicFile.write(settings ?? own, to: "\(stateDirectory)/muster.yaml")
        let configuration = LabConfiguration(
            name: "system", stateDirectory: stateDirectory,
            services: [.musterd(executable: "\(programs)/musterd", stateDirectory: stateDirectory)] + services,
            machines: machines, runningLimit: 2, endsWithCaller: true)
        let lab = try await Lab.up(configuration, muster: "\(programs)/muster", tools: tools, startingMachines: false)
        do {
            try await body(lab)
        } catch {
            for machine in machines {
                print("--- console of \(machine.name):")
                print((try? lab.consoleTail(machine.name, lines: 60).joined(separator: "\n")) ?? "none")
            }
            print("--- musterd:")
            print((try? Files.readText("\(stateDirectory)/lab/musterd.log").suffix(6000)).map(String.init) ?? "no log")
            _ = try? await lab.down()
            throw error
        }
        try await lab.down()
    }

    /// Kills a service of the lab as `kill -9` does, and waits until it is gone.
    func kill(_ service: String, in lab: Lab) async throws {
        try await lab.signal(service, SIGKILL)
        try await waitForState(otherwise: "\(service) does not end", limit: .seconds(30), every: .milliseconds(100)) {
            let services = try await lab.status()?.services
            return services?.first { $0.service.name == service }?.state == .running ? nil : ()
        }
    }

    func machine(_ index: Int, _ firmware: LabFirmware = .bios, disks: [Int] = [], hasTPM: Bool = false) -> LabMachine {
        LabMachine(lab: "system", index: index, firmware: firmware, memory: 1536, disks: disks, hasTPM: hasTPM)
    }

    /// Defines the machine as a node, anew if it was there.
    func define(_ machine: LabMachine, withAddress: Bool = true) async throws {
        _ = try await attempt(["node", "remove", machine.name])
        let key = try Files.readText("\(administratorKey).pub").split(separator: "\n").first.map(String.init) ?? ""
        var arguments = [
            "node", "define", machine.name, "net.hwaddr=\(machine.mac)", "id.uuid=\(machine.uuid)",
            "trust.root_keys=\(key)",
        ]
        if withAddress { arguments.append("net.ipv4_address=\(Self.address(of: machine))/24") }
        let outcome = try await attempt(arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    /// Makes a profile of the image whose machines read their root over HTTPS.
    func makeTetheredProfile(_ name: String, fill: RootFill = .none) async throws {
        let path = "\(stateDirectory)/public/os/\(name)"
        if !Files.exists(path) { try await muster("profile", "create", name, Self.image) }
        let text = try Files.readText("\(path)/profile.yaml")
        try AtomicFile.write(
            text.replacingOccurrences(
                of: "method: untethered", with: "method: tethered\n  fill: \(fill.rawValue)"),
            to: "\(path)/profile.yaml")
        try await muster("profile", "update-boot", name)
    }

    /// Makes a profile that installs an image, with a script in each stage that leaves a line behind.
    ///
    /// - Parameter install: the mapping `install` of profile.yaml.
    func makeInstallProfile(
        _ name: String, image: String = diskImage, from recipe: String? = nil, install: String = "{}"
    ) async throws {
        if try await !muster("image", "list", "--output", "json").contains("\"\(image)\"") {
            try await muster("image", "build", recipe ?? image)
            try await muster("image", "pack", image)
        }
        let path = "\(stateDirectory)/public/os/\(name)"
        if !Files.exists(path) { try await muster("profile", "create", name, image) }
        let text = try Files.readText("\(path)/profile.yaml").split(separator: "\n").filter {
            !$0.hasPrefix("install")
        }.joined(separator: "\n")
        try AtomicFile.write(
            text.replacingOccurrences(of: "method: untethered", with: "method: installtodisk")
                + "\ninstalled_kernel_arguments: muster.installed=1\ninstall: \(install)\n",
            to: "\(path)/profile.yaml")
        for stage in ["pre", "post", "firstboot", "onboot"] {
            // What `pre` writes lies in the memory of the installing system.
            let file = stage == "pre" ? "/root/pre-was-here" : "/root/\(stage)"
            try AtomicFile.write(
                "#!/bin/sh\nset -e\ntest \"$MUSTER_STAGE\" = \(stage)\necho \(stage) >> \(file)\n",
                to: "\(path)/scripts/\(stage).d/10-note")
        }
        try await muster("profile", "update-boot", name)
    }

    /// What a shell command says on this host.
    func onHost(_ command: String) async throws -> String {
        let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
        return try await SystemToolRunner().check(shell, ["-c", command], doing: "running \(command)").text
    }

    /// Runs a command on a node over ssh; its host key must be vouched for by the site.
    func ssh(_ lab: Lab, _ machine: LabMachine, _ command: String) async throws -> Outcome {
        let result = try await lab.run(["ssh"] + sshOptions + ["root@\(Self.address(of: machine))", command])
        return Outcome(
            exitCode: result.exitCode, output: result.text,
            errors: String(decoding: result.standardError, as: UTF8.self))
    }

    /// Copies files and directories of this host into a directory of a node.
    func copy(_ paths: [String], to directory: String, on machine: LabMachine, _ lab: Lab) async throws {
        let target = "root@\(Self.address(of: machine)):\(directory)/"
        let result = try await lab.run(["scp", "-q", "-r"] + sshOptions + paths + [target])
        guard result.exitCode == 0 else {
            throw MusterError(
                .systemFailure, "scp to \(target): \(String(decoding: result.standardError, as: UTF8.self))")
        }
    }

    private static func address(of machine: LabMachine) -> String { "10.88.0.\(10 + machine.index)" }

    private var sshOptions: [String] {
        [
            "-i", administratorKey, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5",
            "-o", "UserKnownHostsFile=\(stateDirectory)/public/site/ssh_known_hosts",
            "-o", "GlobalKnownHostsFile=/dev/null",
        ]
    }
}
