import CLinux
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import OSFamilies

/// The agent as the first program of an installer's own initramfs: it takes this machine's configuration, puts the answers to
/// where the installer reads them, and becomes the installer's own first program.
struct InstallerStart {
    let session: SiteSession
    /// The installer that this initramfs is of, by the kernel's arguments.
    let family: String

    private var steps: StepRunner { session.steps }
    private var reporter: EventReporter { steps.reporter }

    /// Where every initramfs has its first program (Linux, Documentation/filesystems/ramfs-rootfs-initramfs.rst).
    private static let program = "/init"

    /// Returns when all is ready.
    func run() async throws {
        try await session.reachServer()
        try await session.withKey { try await prepare($0) }
        try leaveNetwork()
    }

    /// Becomes the installer's first program.
    static func handOver() throws -> Never {
        // It mounts them itself. /proc stays: without it the runtime of this program would end before its time.
        for directory in ["/dev/pts", "/dev", "/sys"] where Mounts.isMountPoint(directory) {
            try? Mounts.detach(directory)
        }
        muster_become(program, "/dev/console")
        throw systemError("cannot start \(program)")
    }

    private func prepare(_ enrolment: Enrolment) async throws {
        let configuration = try await session.configure(enrolment)
        guard let installer = configuration.installer, let install = configuration.install,
            installer.family == family, let system = OSFamily(rawValue: family),
            let known = system.knownInstaller(for: installer.system) as? any MachineInstaller,
            let surroundings = system.surroundings
        else {
            throw MusterError(
                .conflict,
                "\(configuration.node) is to run \(configuration.system) by now, and this is another installer",
                advice: "start this machine anew")
        }
        let files = ProfileFiles(pool: session.pool, reporter: reporter, step: Step.installer)
        let answers = try await session.runHere(
            Step.installer, doing: "fetching the answers of the profile \(configuration.profile)",
            check: "`muster profile verify \(configuration.profile)` on the server"
        ) {
            StepResult(
                String(decoding: try await files.content(of: installer.answers), as: UTF8.self),
                "\(installer.answers.name) of the profile \(configuration.profile)")
        }
        do {
            try await session.runScripts(
                Step.pre, install.preScripts, of: configuration, by: SystemToolRunner())
        } catch let error as MusterError {
            // The operator looks at the reason, mends it, and arms the node again.
            try await session.waitUntilArmedAnew(enrolment.key)
            throw MusterError(.unauthenticated, "the node was armed anew", cause: error)
        }
        try await write(configuration, answers, known, surroundings)
        await reporter.record(
            Step.installer, .done, "the installer of \(installer.medium) has its answers, and begins")
        _ = await reporter.flush(within: .seconds(5))
        let agent = AgentState(
            key: enrolment.key, configuration: configuration, members: await session.pool.all.map(\.name),
            events: await reporter.unsent)
        try InstallerState(
            agent: agent, configuration: configuration, network: session.network, answers: answers
        ).save()
    }

    private func write(
        _ configuration: NodeConfiguration, _ answers: String, _ installer: any MachineInstaller,
        _ surroundings: any InstallerSurroundings
    ) async throws {
        try await session.runHere(
            Step.identity, doing: "writing the answers of \(configuration.node)", check: "the profile's answer file"
        ) {
            guard let assignment = configuration.installer,
                let medium = session.network.medium(of: configuration.profile)
            else { throw MusterError(.unavailable, "no server was named that has the medium") }
            let machine = MachineAnswers(
                configuration, on: session.network, beside: surroundings, medium: medium, disk: nil)
            let plan = NetworkPlan(of: configuration, on: session.network)
            let files = try installer.files(for: machine, of: assignment.system, profile: answers)
            for file in files.filter({ $0.moment == .start }) + surroundings.parameters(plan, medium: medium) {
                try file.write()
            }
            try InstallerState.keepPrograms()
            return StepResult((), "host name \(configuration.hostname), address \(session.network.address.network)")
        }
    }

    /// As it was found: the installer names the links, and a link that is up keeps its name.
    private func leaveNetwork() throws {
        let sockets = try RouteSocket()
        for link in try sockets.links() where link.isEthernet && link.isUp {
            for address in try sockets.addresses(of: link.index) {
                try sockets.removeAddress(address, from: link.index)
            }
            try sockets.setDown(link.index)
        }
    }
}

extension InstallerAssignment {
    var system: InstalledSystem {
        InstalledSystem(distribution: distribution, version: version, architecture: architecture)
    }
}

extension AnswerFile {
    /// Writes it in this root.
    func write() throws {
        try Files.createDirectory(FilePathText.parent(of: path))
        try AtomicFile.write(text, to: path, mode: UInt16(truncatingIfNeeded: mode))
    }
}
