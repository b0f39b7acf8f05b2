import DHCPWire
import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterBase
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The steps of a boot after the network is there, from the first word with a server to the moment before the root is
/// switched. Each is one event in the trace.
struct BootSequence {
    let steps: StepRunner
    let facts: MachineFacts
    let arguments: KernelArguments
    let trust: SiteTrust
    let network: NetworkState
    let pool: MemberPool
    let contact: ServerContact
    let makeMember: @Sendable (MusterVendorOptions.Endpoint) throws -> any MemberServer

    private var reporter: EventReporter { steps.reporter }

    /// A key that is no longer good ends an attempt: the node was armed again, or forgotten.
    private static func isKeyLost(_ error: MusterError) -> Bool { error.code == .unauthenticated }

    /// Runs until the new root is ready; what goes wrong is tried again for as long as it takes.
    func run() async throws -> RootTree {
        try await reachServer()
        while true {
            do {
                return try await deploy()
            } catch let error as MusterError where BootSequence.isKeyLost(error) {
                await reporter.detach()
                await reporter.record(
                    Step.enrol, .retrying,
                    "the server no longer takes this machine's key (\(error.message)); enrolling anew")
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func reachServer() async throws {
        let names = await pool.names
        let outcome = try await steps.run(
            Step.server, doing: "reaching a server of the site \(trust.site) (\(names)) by TLS",
            check: "that musterd runs there, and that nothing between filters TCP port 443"
        ) {
            let outcome = try await contact.establish()
            if outcome.wasSet { await reporter.shiftTimes(by: outcome.correction) }
            return StepResult(outcome, "\(outcome.server) answers and is of the site \(trust.site)")
        }
        await reporter.record(Step.clock, .done, outcome.clockWords)
    }

    private func deploy() async throws -> RootTree {
        let enrolment = try await enrol()
        await reporter.attach(MemberSender(pool: pool, key: enrolment.key), deployment: enrolment.deployment)
        let (configuration, manifest) = try await fetchAll(enrolment)
        let (tree, server) = try await mountRoot(configuration, manifest)
        if let install = configuration.install {
            try await installation(configuration, install, manifest, enrolment, server).run(from: tree) { target in
                try await certify(configuration, enrolment, in: target)
            }
        }
        try await identify(configuration, in: tree)
        try await certify(configuration, enrolment, in: tree)
        try await handOver(configuration, enrolment, in: tree)
        return tree
    }

    private func installation(
        _ configuration: NodeConfiguration, _ install: InstallConfiguration, _ manifest: ImageManifest,
        _ enrolment: Enrolment, _ server: RootServer?
    ) -> Installation {
        Installation(
            steps: steps, pool: pool, facts: facts, network: network, site: trust.site, configuration: configuration,
            install: install, manifest: manifest, key: enrolment.key, server: server)
    }

    /// Gets configuration, manifest and image. When one of the latter is refused, the configuration is asked for anew:
    /// it may name another version by now.
    private func fetchAll(_ enrolment: Enrolment) async throws -> (NodeConfiguration, ImageManifest) {
        var wait = Duration.seconds(15)
        while true {
            let configuration = try await configure(enrolment)
            do {
                let manifest = try await fetchManifest(configuration)
                // A tethered machine fetches what it reads, and so does one that copies it all to a disk.
                if configuration.method == .untethered { try await fetchRoot(configuration, manifest) }
                return (configuration, manifest)
            } catch let refusal as Refusal {
                await steps.explain(refusal.error, step: refusal.step, doing: refusal.doing, check: refusal.check)
            }
            try await steps.pause(wait)
            wait = min(wait * 2, .seconds(120))
        }
    }

    /// A step that another attempt with the same configuration will not mend.
    private struct Refusal: Error {
        let error: MusterError
        let step: String
        let doing: String
        let check: String
    }

    /// Runs a step whose decided errors make a ``Refusal``.
    private func attempt<Value: Sendable>(
        _ step: String, doing: String, check: String, _ body: () async throws -> StepResult<Value>
    ) async throws -> Value {
        do {
            return try await steps.run(step, doing: doing, check: check, isFinal: \.isDecided, body)
        } catch let error as MusterError {
            throw Refusal(error: error, step: step, doing: doing, check: check)
        }
    }

    private func enrol() async throws -> Enrolment {
        let machine = facts.description(macs: network.macs)
        // One key for all attempts: an answer that got lost must not cost the grant.
        let key = Secret(try KernelRandom.bytes(32))
        return try await steps.run(
            Step.enrol, doing: "asking the server to grant this machine's key",
            check: "`muster trace NODE` and musterd's log on the server"
        ) {
            let enrolment = try await Enrolment.ask(pool, key: key, machine: machine, profile: arguments.profile)
            return StepResult(enrolment, "this machine is \(enrolment.node); its key is granted")
        }
    }

    private func configure(_ enrolment: Enrolment) async throws -> NodeConfiguration {
        try await steps.run(
            Step.configuration, doing: "asking for the configuration of \(enrolment.node)",
            check: "`muster node show \(enrolment.node)` and musterd's log on the server", isFinal: Self.isKeyLost
        ) {
            let configuration = try await pool.ask { try await $0.configuration(key: enrolment.key) }
            await learnMembers(configuration.members)
            return StepResult(
                configuration, "\(configuration.node) runs \(configuration.image), profile \(configuration.profile)")
        }
    }

    private func learnMembers(_ names: [String]) async {
        let endpoints = KernelArguments("muster.server=" + names.joined(separator: ",")).servers
        await pool.add(endpoints.compactMap { try? makeMember($0) })
    }

    private func fetchManifest(_ configuration: NodeConfiguration) async throws -> ImageManifest {
        let image = configuration.image
        let step = ManifestStep(
            pool: pool, trust: trust, image: image, digest: configuration.manifestDigest,
            architecture: facts.architecture)
        return try await attempt(
            Step.manifest, doing: "fetching and verifying the manifest of \(image)",
            check: "`muster image show \(image)` on the server"
        ) {
            let manifest = try await step.fetch()
            return StepResult(
                manifest,
                "\(image) is signed by the site: \(manifest.distribution) "
                    + "\(manifest.distributionVersion), kernel \(manifest.kernelRelease)")
        }
    }

    private func fetchRoot(_ configuration: NodeConfiguration, _ manifest: ImageManifest) async throws {
        let image = configuration.image
        let size = manifest.root.size
        guard let key = ChunkKey(hex: configuration.chunkKey) else {
            throw MusterError(.malformed, "the server gave no key for the chunks of \(image)")
        }
        let reporter = reporter
        let mirrors = KernelArguments("muster.server=" + configuration.mirrors.joined(separator: ",")).servers
        let download = RootDownload(
            pool: MemberPool(await pool.all + mirrors.compactMap { try? makeMember($0) }), image: image,
            root: manifest.root, cipher: ChunkCipher(key),
            onProgress: { percent in
                await reporter.record(
                    Step.rootImage, .progress, "root file system of \(image): \(percent) % of \(sizeText(size))",
                    progress: percent)
            },
            onTrouble: { await reporter.record(Step.rootImage, .retrying, $0) })
        RootMount.discard()
        var begun: RootSpace?
        let begin = ContinuousClock.now
        try await attempt(
            Step.rootImage, doing: "fetching \(sizeText(size)) of \(image)",
            check: "`muster image verify \(image)` on the server, and the network between"
        ) {
            // What came in an attempt that broke off is not asked for again.
            let space = try begun ?? openSpace(manifest)
            begun = space
            let members = try await download.run(into: space).sorted().joined(separator: ", ")
            let took = ContinuousClock.now - begin
            return StepResult(
                (),
                "\(sizeText(size)) in \(manifest.root.chunks.count) chunks from \(members) in "
                    + "\(ConsoleNames.brief(took)), all verified")
        }
    }

    private func openSpace(_ manifest: ImageManifest) throws -> RootSpace {
        try MemoryCheck.verify(manifest, memory: MemoryFacts.read())
        try RootMount.prepare(size: manifest.root.size)
        return try RootSpace(RootMount.imageFile)
    }

    /// - Returns: the root, and the process that serves it, if it does not lie in memory.
    private func mountRoot(
        _ configuration: NodeConfiguration, _ manifest: ImageManifest
    ) async throws -> (RootTree, RootServer?) {
        guard configuration.method == .untethered else { return try await attachRoot(configuration, manifest) }
        return (try await mountFetchedRoot(), nil)
    }

    /// The root of a tethered machine: read from the members for as long as it runs.
    private func attachRoot(
        _ configuration: NodeConfiguration, _ manifest: ImageManifest
    ) async throws -> (RootTree, RootServer?) {
        let image = configuration.image
        let size = sizeText(manifest.root.size)
        let (tree, server) = try await steps.run(
            Step.mountRoot, doing: "attaching \(size) of \(image) over HTTPS, and a writable layer over it",
            check: "that the initramfs has the drivers fuse, loop, squashfs and overlay", retry: .local
        ) {
            RootMount.discard()
            let plan = TetheredPlan(configuration: configuration, manifest: manifest, authority: trust.authority)
            let parameters = try await plan.parameters(pool, memory: MemoryFacts.read()) {
                await reporter.record(Step.mountRoot, .progress, $0)
            }
            let (server, layer) = try await TetheredRoot.mount(parameters)
            return StepResult(
                (RootTree(at: RootMount.target), server),
                "\(size) of \(image) attached, read when it is needed from "
                    + "\(parameters.members.joined(separator: ", ")), writable layer in \(layer)"
                    + (parameters.recordedOrder.isEmpty ? "" : ", and ahead as a machine before this one read it"))
        }
        if let disk = configuration.fillDisk { await fill(FillDisk(configuration: disk, root: manifest.root), server) }
        return (tree, server)
    }

    /// Gives the server of the root a disk to keep it on. A machine without one stays tethered.
    private func fill(_ disk: FillDisk, _ server: RootServer) async {
        do {
            let loader = try ModuleLoader(release: facts.kernelRelease, root: RootMount.target)
            let (descriptor, words) = try await disk.open(loader)
            defer { close(descriptor) }
            try server.give(disk: descriptor)
            await reporter.record(Step.disk, .done, "the root file system is brought to \(words)")
        } catch {
            await reporter.record(Step.disk, .progress, "the root file system is not brought to a disk: \(error)")
        }
    }

    private func mountFetchedRoot() async throws -> RootTree {
        try await steps.run(
            Step.mountRoot, doing: "mounting the image and a writable layer over it",
            check: "that the initramfs has the drivers loop, squashfs and overlay", retry: .local
        ) {
            let layer = try RootMount.mount()
            return StepResult(RootTree(at: RootMount.target), "image mounted, with a writable layer in \(layer)")
        }
    }

    private func identify(_ configuration: NodeConfiguration, in tree: RootTree) async throws {
        let identifier = MachineIdentifier.derive(site: trust.site, uuid: facts.uuid, node: configuration.node)
        let files = IdentityFiles(configuration: configuration, boot: network, machineIdentifier: identifier)
        try await steps.run(
            Step.identity, doing: "writing the names, network and accounts of \(configuration.node)",
            check: "the memory of the machine, and the image", retry: .local
        ) {
            try tree.apply(files.changes(in: tree))
            try AgentFiles.install(in: tree, isTethered: configuration.method == .tethered)
            return StepResult((), "host name \(configuration.hostname), address \(network.address.network)")
        }
    }

    private func certify(_ configuration: NodeConfiguration, _ enrolment: Enrolment, in tree: RootTree) async throws {
        try await steps.run(
            Step.certificates, doing: "making the SSH host key and having it certified",
            check: "musterd's log on the server", isFinal: Self.isKeyLost
        ) {
            let key = try SSHHostKey.make(comment: "root@\(configuration.hostname)")
            let request = HostCertificateRequest(publicKeys: [key.publicLine])
            let answer = try await pool.ask { try await $0.hostCertificates(request, key: enrolment.key) }
            try tree.apply(
                key.changes(
                    certificate: answer.certificates.first, userAuthority: configuration.userAuthority,
                    serverSettings: tree.text("/etc/ssh/sshd_config")))
            return StepResult((), "SSH host key made here and certified by the site")
        }
    }

    /// The last that is told from the initramfs. It is sent before the switch, as nobody would send it afterwards.
    private func handOver(_ configuration: NodeConfiguration, _ enrolment: Enrolment, in tree: RootTree) async throws {
        let program = try SwitchRoot.program(in: tree)
        await reporter.record(Step.switchRoot, .done, "starting \(program) of \(configuration.image)")
        _ = await reporter.flush(within: .seconds(5))
        let members = await pool.all.map(\.name)
        let state = AgentState(
            key: enrolment.key, configuration: configuration, members: members, events: await reporter.unsent)
        try state.save()
    }
}
