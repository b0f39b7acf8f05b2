import APIClient
import CLinux
import DHCPWire
import DeploymentModel
import LinuxSystem
import MusterBase
import NIOPosix

/// The agent as the first program of a machine. It never ends: either it becomes the first program of the deployed
/// system, or it says what is wrong and goes on trying.
enum InitProgram {
    static func run() async -> Never {
        let console = BootConsole()
        while true {
            do {
                try await boot(console)
            } catch {
                console.line("something that should not happen stopped the boot: \(error); starting over in 30 s")
            }
            try? await Task.sleep(for: .seconds(30))
        }
    }

    private static func boot(_ console: BootConsole) async throws -> Never {
        try mountMemory()
        let arguments = KernelArguments((try? Files.readText("/proc/cmdline")) ?? "")
        for complaint in arguments.complaints { console.line(complaint) }
        let reporter = EventReporter(console: console)
        let pump = Task { await reporter.pump() }
        defer { pump.cancel() }
        let shell = DebugShell(isWanted: arguments.isDebug, console: console)
        let steps = StepRunner(reporter: reporter, onFailure: { await shell.offer(after: $0) })

        let facts = MachineFacts.read()
        await reporter.record(Step.start, .done, greeting(facts))
        let trust = try await readTrust(steps)
        let drivers = try await loadDrivers(steps, facts)
        let network = try await connect(steps, facts, arguments, drivers)
        let session = try SiteSession(steps, facts, arguments, trust, network)
        if let family = arguments.installer {
            try await InstallerStart(session: session, family: family).run()
            try InstallerStart.handOver()
        }
        let tree = try await BootSequence(session: session).run()
        try SwitchRoot.run(to: tree.mountPoint, program: SwitchRoot.program(in: tree))
    }

    static func readTrust(_ steps: StepRunner) async throws -> SiteTrust {
        try await steps.run(
            Step.start, doing: "reading the site's public keys", check: "the boot loader's list of initrd files",
            retry: .local
        ) {
            let trust = try SiteTrust.read()
            return StepResult(trust, "this machine belongs to the site \(trust.site)")
        }
    }

    /// early-init mounted /proc, /sys and /dev.
    private static func mountMemory() throws {
        for directory in ["/run", "/tmp", "/etc"] { try Files.createDirectory(directory) }
        if !Mounts.isMountPoint("/run") {
            try Mounts.mount("tmpfs", from: "tmpfs", at: "/run", flags: [.noSetUID, .noDevices], data: "mode=0755")
        }
        try Files.createDirectory("/run/muster-agent", mode: 0o700)
        try Files.createDirectory("/dev/pts")
        if !Mounts.isMountPoint("/dev/pts") {
            try? Mounts.mount(
                "devpts", from: "devpts", at: "/dev/pts", flags: [.noSetUID, .noExecution], data: "mode=0620,gid=5")
        }
        // What shells look for, and the kernel does not make.
        for (name, place) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
            try Files.link("/dev/\(name)", to: "/proc/self/fd\(place)")
        }
    }

    static func greeting(_ facts: MachineFacts) -> String {
        "agent \(MusterVersion.current) on Linux \(facts.kernelRelease), \(facts.firmware), \(facts.model), "
            + "\(facts.processors) processor\(facts.processors == 1 ? "" : "s"), \(sizeText(facts.memory)) of memory, "
            + "UUID \(facts.uuid.map { "\($0)" } ?? "none")"
    }

    /// Modules that no device asks for.
    private static let wanted = [
        "loop", "squashfs", "overlay", "fuse", "lzo_rle", "zstd", "zram", "ext4", "af_packet", "virtio_rng",
    ]

    private static func loadDrivers(_ steps: StepRunner, _ facts: MachineFacts) async throws -> ModuleLoader {
        var found: ModuleLoader?
        try await steps.run(
            Step.drivers, doing: "loading the drivers for this machine's hardware",
            check: "that kernel and initramfs are of the same version of the image", retry: .local
        ) {
            let loader = try ModuleLoader(release: facts.kernelRelease)
            while loader.loadForDevices() {}
            for module in wanted { loader.load(module) }
            let refused = loader.refused.filter { $0.value != "no such hardware" }
            let trouble =
                refused.isEmpty ? "" : "; refused: " + refused.map { "\($0): \($1)" }.sorted().joined(separator: ", ")
            found = loader
            return StepResult((), "\(loader.loaded.count) drivers loaded of \(loader.count)\(trouble)")
        }
        guard let found else { throw MusterError(.internalFailure, "no drivers after the step that loads them") }
        return found
    }

    /// - Parameter drivers: nil where somebody else loads them.
    static func connect(
        _ steps: StepRunner, _ facts: MachineFacts, _ arguments: KernelArguments, _ drivers: ModuleLoader?
    ) async throws -> NetworkState {
        let reporter = steps.reporter
        let connector = NetworkConnector(
            arguments: arguments, uuid: facts.uuid, drivers: drivers,
            note: { await reporter.record(Step.network, .progress, $0) })
        let how =
            arguments.address == nil
            ? "asking for an address by DHCP" : "setting the address from the kernel's arguments"
        return try await steps.run(
            Step.network, doing: how, check: "cables, switch ports and the DHCP server",
            retry: RetryPolicy(first: .seconds(1), longest: .seconds(5), patience: 1)
        ) {
            let state = try await connector.connect()
            let members = state.members.nodeAPI.map(\.description).joined(separator: ", ")
            let gateway = state.address.gateway.map { ", gateway \($0)" } ?? ""
            return StepResult(state, "\(state.link.name) has \(state.address.network)\(gateway); server \(members)")
        }
    }
}
