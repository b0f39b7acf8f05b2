import CLinux
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// Writes an image to a disk of this machine, by the image's own programs, and starts the machine anew from there.
///
/// The image is attached as a tethered root: that is the environment in which file systems are made and the scripts of
/// the stage `pre` run. Then its tree is copied.
struct Installation: Sendable {
    let session: SiteSession
    let configuration: NodeConfiguration
    let reference: ImageReference
    let install: InstallConfiguration
    let settings: InstallSettings
    let manifest: ImageManifest
    let key: AgentKey
    /// What serves the image that this machine works in; nil when that lies in memory.
    let server: RootServer?

    var steps: StepRunner { session.steps }
    var reporter: EventReporter { steps.reporter }
    var pool: MemberPool { session.pool }
    var facts: MachineFacts { session.facts }
    private var network: NetworkState { session.network }
    var isUEFI: Bool { facts.firmware == "uefi" }
    private var purpose: ScriptStage.Purpose {
        .init(node: configuration.node, profile: configuration.profile, image: reference)
    }

    /// A step failed, and that was told: nothing more is done to the disk.
    struct Stopped: Error {}

    /// Installs, and restarts the machine. Of what goes wrong nothing is tried again: what is half done on a disk is
    /// looked at first. The machine restarts when its node was armed anew.
    ///
    /// - Parameters:
    ///   - environment: the image's root, attached and writable in memory.
    ///   - certify: puts a certified SSH host key into a tree.
    func run(from environment: RootTree, certify: (RootTree) async throws -> Void) async throws -> Never {
        let image = ForeignRoot(at: environment.mountPoint, name: "the image \(reference)")
        do {
            try await installAll(image, certify)
        } catch is Stopped {
            try await waitUntilArmedAnew()
            // What this installation has still to tell, nobody takes any more.
            try restart()
        } catch let error as MusterError where error.code == .unauthenticated {
            // Armed anew while this went on: the next installation begins with nothing of this one in its way.
            await reporter.record(Step.disk, .progress, "the node was armed anew; this machine restarts")
            try restart()
        }
        try await tellAndRestart()
    }

    private func installAll(_ image: ForeignRoot, _ certify: (RootTree) async throws -> Void) async throws {
        try await prepare(image)
        try await scripts(Step.pre, install.preScripts, in: image)
        let listing = try await list()
        let (disk, placement) = try await choose(listing)
        let target = try await makePartitions(on: disk, placement, listing, image)
        let former = await formerRoot(of: target, image)
        try await copy(listing.without(target.extras.keptPaths))
        let system = ForeignRoot(at: TargetDisk.mountPoint, name: "the image \(reference)")
        let loader = bootLoader(of: image)
        try await settle(target, former?.image(), loader, in: system.tree)
        try await certify(system.tree)
        try await makeBootable(target, system, loader)
        try await files(in: system)
        try await scripts(Step.post, install.postScripts, in: system)
        try await finish(target, former, system, image)
    }

    /// Runs a step once.
    func step<Value: Sendable>(
        _ name: String, doing: String, check: String, _ body: () async throws -> StepResult<Value>
    ) async throws -> Value {
        let alive = Task {
            // A server that hears nothing calls a deployment stalled.
            var seconds = 0
            while (try? await Task.sleep(for: .seconds(30))) != nil {
                seconds += 30
                await reporter.record(name, .progress, "\(doing): \(seconds) s so far", isShown: false)
            }
        }
        defer { alive.cancel() }
        do {
            return try await steps.run(name, doing: doing, check: check, isFinal: { _ in true }, body)
        } catch let error as MusterError {
            await steps.explain(error, step: name, doing: doing, check: check)
            throw Stopped()
        }
    }

    // MARK: Before anything is written

    /// Finds the disks, once the image has given their drivers, and what the image lacks.
    private func prepare(_ image: ForeignRoot) async throws {
        try await step(
            Step.disk, doing: "looking for this machine's disks", check: "the disks and their controllers"
        ) {
            let isEncrypted = settings.encryption != nil
            try image.refuse(
                image.missing(TargetDisk.tools(for: settings))
                    + BootLoaderSetup.needs(in: image, bootLoader(of: image), isUEFI: isUEFI)
                    + (isEncrypted ? EncryptedVolume.needs(in: image) : []))
            let loader = try ModuleLoader(release: facts.kernelRelease, root: image.path)
            let disks = try await InstallDrivers(loader: loader)
                .load(for: settings, rule: try .ofNode(install.diskRule))
            if isEncrypted { try EncryptedVolume.requireTPM() }
            try FirmwareManager.showVariables()
            try image.attach()
            let words = disks.map { "\($0.name) (\(sizeText($0.size)), \($0.bus), \(DiskWords.content($0)))" }
            return StepResult((), "found \(words.isEmpty ? "no disk" : words.joined(separator: ", "))")
        }
    }

    private func bootLoader(of image: ForeignRoot) -> BootLoader {
        BootLoader(of: image, isUEFI: isUEFI, settings: settings)
    }

    /// Before the scripts of the stage `post`.
    private func files(in system: ForeignRoot) async throws {
        guard configuration.work?.hasFiles == true else { return }
        try await step(
            Step.post, doing: "bringing the files of the profile to the disk",
            check: "syncfiles in the profile \(configuration.profile)"
        ) {
            try await FileSync(name: Step.post, pool: pool, key: key, reporter: reporter, root: system.path).run()
            return StepResult((), "the files of the profile are on the disk")
        }
    }

    private func scripts(_ stage: String, _ scripts: [StageScript], in root: ForeignRoot) async throws {
        do {
            try await ScriptStage(
                name: stage, scripts: scripts, purpose: purpose, pool: pool, reporter: reporter, runner: root
            ).run()
        } catch let error as MusterError {
            await steps.explain(
                error, step: stage, doing: "running the \(stage) scripts",
                check: "the script in the profile \(configuration.profile)")
            throw Stopped()
        }
    }

    private func list() async throws -> TreeListing {
        do {
            return try TreeListing(of: RootMount.lower)
        } catch let error as MusterError {
            await steps.explain(error, step: Step.disk, doing: "listing the image's files", check: "the image")
            throw Stopped()
        }
    }

    // MARK: Writing

    private func copy(_ listing: TreeListing) async throws {
        let total = listing.content
        let begin = ContinuousClock.now
        let copy = TreeCopy(listing, from: RootMount.lower, to: TargetDisk.mountPoint)
        try await step(
            Step.copy, doing: "copying \(sizeText(total)) of \(reference)", check: "the disk, and the network"
        ) {
            let watch = Task { await tell(copy, total) }
            defer { watch.cancel() }
            try await copy.run()
            try TargetDisk.sync()
            let took = ConsoleNames.brief(ContinuousClock.now - begin)
            return StepResult((), "\(sizeText(total)) in \(listing.entries.count) files and directories, \(took)")
        }
    }

    private func tell(_ copy: TreeCopy, _ total: Int64) async {
        var told = 0
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let tenth = Int(copy.progress * 10 / max(1, total))
            guard tenth > told, tenth < 10 else { continue }
            told = tenth
            await reporter.record(
                Step.copy, .progress, "\(sizeText(copy.progress)) of \(sizeText(total)) copied", progress: tenth * 10)
        }
    }

    private func settle(
        _ target: TargetDisk, _ former: ImageReference?, _ bootLoader: BootLoader, in tree: RootTree
    ) async throws {
        let identifier = MachineIdentifier.derive(site: session.trust.site, uuid: facts.uuid, node: configuration.node)
        try await step(
            Step.identity, doing: "writing the names, network and accounts of \(configuration.node)", check: "the image"
        ) {
            try target.mountEFI()
            let identity = IdentityFiles(
                configuration: configuration, boot: network, machineIdentifier: identifier, isInstalled: true)
            try tree.apply(identity.changes(in: tree))
            let files = InstalledFiles(
                rootPartition: target.rootPartition, efiPartition: target.efiPartition,
                fileSystem: target.fileSystem, bootLoader: bootLoader, kernelArguments: install.kernelArguments,
                fileSystems: tree.text("/etc/fstab") ?? "", hasTwoRoots: target.slot != nil,
                bootPartition: target.boot.map { "\($0.guid)" }, volume: target.volume.map { "\($0.uuid)" },
                extras: target.extras.table)
            try tree.apply(files.changes)
            if target.slot != nil {
                try tree.apply(TrialDeadline.changes(minutes: settings.trialMinutes))
            }
            try AgentFiles.install(in: tree)
            var events = EventQueue()
            // Far above the numbers of this boot's events.
            events.skip(1_000_000)
            let state = AgentState(
                key: key, configuration: configuration, members: await pool.all.map(\.name), events: events,
                slot: target.slot, former: former, seal: target.seal)
            try state.save(in: tree.mountPoint + AgentState.diskDirectory)
            return StepResult((), "host name \(configuration.hostname), address \(network.address.network)")
        }
    }

    private func makeBootable(_ target: TargetDisk, _ system: ForeignRoot, _ bootLoader: BootLoader) async throws {
        let setup = BootLoaderSetup(
            system: system, disk: target, kernelRelease: manifest.kernelRelease, isUEFI: isUEFI,
            bootLoader: bootLoader, distribution: manifest.distribution, kernelArguments: install.kernelArguments)
        try await step(
            Step.bootLoader, doing: "making initramfs and boot loader", check: "the packages of the image"
        ) {
            try system.attach()
            try await setup.makeInitramfs(ToolOptions())
            await reporter.record(Step.bootLoader, .progress, "the initramfs is made")
            // The firmware's entry of the first installation leads to the loader of both roots.
            guard try await setup.installLoader(ToolOptions()) else {
                return StepResult((), "GRUB stays as it is, and goes on with the menu of this root")
            }
            guard isUEFI else { return StepResult((), "GRUB for BIOS on \(target.facts.name)") }
            let entry = FirmwareEntry(
                system: system, disk: target, distribution: manifest.distribution, bootLoader: bootLoader)
            let name = bootLoader == .grub ? "GRUB for UEFI" : "systemd-boot"
            return StepResult((), "\(name); " + (await entry.write()))
        }
    }

    private func finish(
        _ target: TargetDisk, _ former: FormerRoot?, _ system: ForeignRoot, _ image: ForeignRoot
    ) async throws {
        try await step(Step.staged, doing: "bringing all to the disk", check: "the disk \(target.facts.name)") {
            try TargetDisk.sync()
            if let store = target.storeDevice { try AtomicFile.syncDevice(store) }
            let start = try await switchRoots(target, former)
            system.detach()
            // What a script left running may hold it; all is on the disk already.
            do { try TargetDisk.unmount() } catch { TargetDisk.abandon() }
            await EncryptedVolume.close(with: image)
            return StepResult((), "installed on \(target.facts.name); \(start)\(chunkWords(target))")
        }
    }

    // MARK: The end

    /// The server has to know that the disk is to be started from: before, it would lead the machine here again.
    private func tellAndRestart() async throws -> Never {
        let end = ContinuousClock.now + .seconds(600)
        while await !reporter.flush(within: .seconds(10)), await !reporter.isKeyLost, ContinuousClock.now < end {}
        try restart()
    }

    private func restart() throws -> Never {
        muster_restart()
        throw systemError("cannot restart this machine")
    }

    private func waitUntilArmedAnew() async throws {
        await reporter.record(
            Step.disk, .progress, "nothing more is done here until the node is armed anew; then this machine restarts")
        try await session.waitUntilArmedAnew(key)
    }
}

/// Disks in words, for the trace.
enum DiskWords {
    /// That it is taken for an installation.
    static func choice(_ disk: DiskFacts) -> String {
        "\(disk.name) is taken: \(sizeText(disk.size)), \(disk.model ?? disk.bus), \(content(disk))"
    }

    static func content(_ disk: DiskFacts) -> String {
        switch disk.content {
        case .empty: "empty"
        case .muster: "with a system that Muster installed"
        case .fill: "with chunks of a root file system"
        case .foreign(let what): "with \(what)"
        case .unreadable: "cannot be read"
        }
    }
}
