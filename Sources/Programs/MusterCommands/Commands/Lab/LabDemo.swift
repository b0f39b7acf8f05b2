import ArgumentParser
import DeploymentModel
import Images
import Lab
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles

/// The demo: the commands that a user would type, one after the other, each shown before it runs.
struct LabDemo {
    static let image = "debian-12"

    let state: StateDirectory
    let context: CommandContext
    /// For the machines to be deployed.
    let timeout: Duration
    let keep: Bool

    private let machines = [
        LabMachine(lab: LabPreparation.name, index: 1, firmware: .bios, memory: 2048),
        LabMachine(lab: LabPreparation.name, index: 2, firmware: .uefi, memory: 2048),
    ]

    private var administratorKey: String { "\(state.path)/administrator/id_ed25519" }

    func run() async throws {
        let preparation = LabPreparation(state: state, context: context)
        try chapter("A site, with its own certificate authorities, in \(state)")
        try await preparation.makeSite()
        try await makeImage()
        try await makeProfile()
        try chapter("Two machines in an isolated network: n1 with BIOS, n2 with UEFI")
        let lab = try await preparation.start(machines, endsWithCaller: !keep)
        do {
            try await deploy(preparation, lab)
            try await logIn(lab)
            try await muster(["trace", "n1"])
        } catch {
            try await showConsoles(lab)
            if !keep { _ = try? await lab.down() }
            throw error
        }
        try await end(lab)
    }

    // MARK: Chapters

    private func makeImage() async throws {
        try chapter("A Debian 12 image, built from packages and packed into a signed version")
        let recipe = try Recipe.read(path: try RecipeFile.find(Self.image, in: context))
        let images = ImageStore(directory: state.imagesDirectory)
        if let latest = try images.latest(of: Self.image), try images.manifest(latest).recipeDigest == recipe.digest {
            return try context.note("\(latest) is there already, from the same recipe")
        }
        try await muster(["image", "build", Self.image])
        try await muster(["image", "pack", Self.image])
    }

    private func makeProfile() async throws {
        let profiles = try ProfileStore(publicDirectory: state.publicDirectory)
        if try profiles.names().contains(Self.image) {
            try profiles.updateBoot(Self.image)
        } else {
            try await muster(["profile", "create", Self.image, Self.image])
        }
    }

    private func deploy(_ preparation: LabPreparation, _ lab: Lab) async throws {
        try await preparation.define(machines)
        try await makeAdministratorKey()
        let key = try Files.readText("\(administratorKey).pub").trimmingBlanks
        _ = try await context.connect(ServerLocation(state)).change(.group, "everything", ["trust.root_keys=\(key)"])
        try await muster(["node", "list"])
        try await muster(["deploy", "n1,n2", Self.image, "--yes", "--force"])
        for machine in machines { try await lab.start(machine.name) }
        try chapter("Both boot: firmware, DHCP, iPXE, kernel, agent, root file system over HTTPS, systemd")
        try await wait()
        try await muster(["status"])
    }

    private func wait() async throws {
        let client = try context.connect(ServerLocation(state))
        let progress = try await DeployWait(client, machines.map(\.name), timeout: timeout).run(in: context)
        guard progress.failures.isEmpty, progress.isOver else {
            throw MusterError(.systemFailure, progress.failures.joined(separator: "; "))
        }
    }

    /// A key of the administrator's own, made by the program that administrators use.
    private func makeAdministratorKey() async throws {
        guard !Files.exists(administratorKey) else { return }
        try Files.createDirectory("\(state.path)/administrator", mode: 0o700)
        _ = try await context.tools.check(
            .sshKeygen, ["-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", administratorKey],
            doing: "making the administrator's SSH key")
    }

    /// The host key is not known: the site's authority vouches for it, in one line of known_hosts.
    private func logIn(_ lab: Lab) async throws {
        try chapter("Logging in to n1; its host key is vouched for by the site's certificate authority")
        let command = [
            "ssh", "-i", administratorKey, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", "UserKnownHostsFile=\(state.siteDirectory)/ssh_known_hosts", "-o", "GlobalKnownHostsFile=/dev/null",
            "root@10.88.0.11", "cat", "/etc/os-release",
        ]
        try context.note("$ muster lab exec -- \(command.joined(separator: " "))")
        let result = try await lab.run(command)
        guard result.exitCode == 0 else {
            throw MusterError(
                .systemFailure,
                "ssh to n1 ended with \(result.exitCode): "
                    + String(decoding: result.standardError, as: UTF8.self).trimmingBlanks)
        }
        try context.output.write(String(decoding: result.standardOutput, as: UTF8.self))
    }

    private func end(_ lab: Lab) async throws {
        guard !keep else {
            try chapter("The machines stay")
            return try context.note(
                """
                work with them: export MUSTER_STATE_DIR=\(state)
                watch one:      muster lab console n2
                end the lab:    muster lab down
                """)
        }
        try await lab.down()
        try chapter("Done. The lab is gone; the image stays in \(state)")
        try context.note("look around next time with: muster lab demo --keep")
    }

    // MARK: -

    private func chapter(_ title: String) throws {
        try context.note("")
        try context.note("==> \(title)")
    }

    /// Runs one of our own commands as if it had been typed.
    private func muster(_ arguments: [String]) async throws {
        try context.note("$ muster \(arguments.joined(separator: " "))")
        let parsed = try MusterCommand.parseAsRoot(arguments + ["--state-dir", state.path])
        guard let command = parsed as? any ContextCommand else {
            throw MusterError(.internalFailure, "muster \(arguments.joined(separator: " ")) is no command of its own")
        }
        try await command.run(in: context)
    }

    /// What the machines said last, when something went wrong.
    private func showConsoles(_ lab: Lab) async throws {
        for machine in machines {
            guard let tail = try? lab.consoleTail(machine.name, lines: 15) else { continue }
            try context.note("\nlast words on the console of \(machine.name):")
            for line in tail { try context.note(printable(line)) }
        }
    }
}

extension String {
    /// Without blanks and line breaks at its ends.
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
