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

/// The steps of a boot into an image after the network is there, from the first word with a server to the moment before
/// the root is switched. Each is one event in the trace.
struct BootSequence {
    let session: SiteSession

    private var steps: StepRunner { session.steps }
    private var reporter: EventReporter { steps.reporter }
    private var facts: MachineFacts { session.facts }
    private var trust: SiteTrust { session.trust }
    private var network: NetworkState { session.network }
    private var pool: MemberPool { session.pool }

    /// Runs until the new root is ready; what goes wrong is tried again for as long as it takes.
    func run() async throws -> RootTree {
        try await session.reachServer()
        return try await session.withKey { try await deploy($0) }
    }

    private func deploy(_ enrolment: Enrolment) async throws -> RootTree {
        let (configuration, image, manifest) = try await fetchAll(enrolment)
        let (tree, server) = try await mountRoot(configuration, image, manifest)
        if let install = configuration.install, let settings = image.disk {
            let installation = Installation(
                session: session, configuration: configuration, reference: image.reference, install: install,
                settings: settings,
                manifest: manifest, key: enrolment.key, server: server)
            try await installation.run(from: tree) { try await session.certify(configuration, enrolment, in: $0) }
        }
        try await identify(configuration, in: tree)
        try await session.certify(configuration, enrolment, in: tree)
        try await handOver(configuration, enrolment, in: tree)
        return tree
    }

    /// Gets configuration, manifest and image. When one of the latter is refused, the configuration is asked for anew:
    /// it may name another version by now.
    private func fetchAll(
        _ enrolment: Enrolment
    ) async throws -> (NodeConfiguration, ImageAssignment, ImageManifest) {
        var wait = Duration.seconds(15)
        while true {
            let configuration = try await session.configure(enrolment)
            do {
                let image = try image(of: configuration)
                let manifest = try await fetchManifest(image)
                // A tethered machine fetches what it reads, and so does one that copies it all to a disk.
                if configuration.method == .untethered {
                    try await fetchRoot(image, manifest, mirrors: configuration.mirrors)
                }
                return (configuration, image, manifest)
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

    private func image(of configuration: NodeConfiguration) throws -> ImageAssignment {
        if let image = configuration.image { return image }
        throw Refusal(
            error: MusterError(
                .conflict, "the profile \(configuration.profile) has an installer in the place of an image by now"),
            step: Step.configuration, doing: "asking which image \(configuration.node) is to run",
            check: "`muster profile show \(configuration.profile)` on the server, and start this machine anew")
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

    private func fetchManifest(_ assignment: ImageAssignment) async throws -> ImageManifest {
        let image = assignment.reference
        let step = ManifestStep(
            pool: pool, trust: trust, image: image, digest: assignment.manifestDigest,
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

    private func fetchRoot(
        _ assignment: ImageAssignment, _ manifest: ImageManifest, mirrors names: [String]
    ) async throws {
        let image = assignment.reference
        let size = manifest.root.size
        guard let key = ChunkKey(hex: assignment.chunkKey) else {
            throw MusterError(.malformed, "the server gave no key for the chunks of \(image)")
        }
        let reporter = reporter
        let mirrors = KernelArguments("muster.server=" + names.joined(separator: ",")).servers
        let download = RootDownload(
            pool: MemberPool(await pool.all + mirrors.compactMap { try? session.makeMember($0) }), image: image,
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
        _ configuration: NodeConfiguration, _ image: ImageAssignment, _ manifest: ImageManifest
    ) async throws -> (RootTree, RootServer?) {
        guard configuration.method == .untethered else {
            return try await attachRoot(image, manifest, mirrors: configuration.mirrors)
        }
        return (try await mountFetchedRoot(), nil)
    }

    /// The root of a tethered machine: read from the members for as long as it runs.
    private func attachRoot(
        _ assignment: ImageAssignment, _ manifest: ImageManifest, mirrors: [String]
    ) async throws -> (RootTree, RootServer?) {
        let image = assignment.reference
        let size = sizeText(manifest.root.size)
        let (tree, server) = try await session.runHere(
            Step.mountRoot, doing: "attaching \(size) of \(image) over HTTPS, and a writable layer over it",
            check: "that the initramfs has the drivers fuse, loop, squashfs and overlay"
        ) {
            RootMount.discard()
            let plan = TetheredPlan(
                assignment: assignment, mirrors: mirrors, manifest: manifest, authority: trust.authority)
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
        if let disk = assignment.fillDisk { await fill(FillDisk(configuration: disk, root: manifest.root), server) }
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
        try await session.runHere(
            Step.mountRoot, doing: "mounting the image and a writable layer over it",
            check: "that the initramfs has the drivers loop, squashfs and overlay"
        ) {
            let layer = try RootMount.mount()
            return StepResult(RootTree(at: RootMount.target), "image mounted, with a writable layer in \(layer)")
        }
    }

    private func identify(_ configuration: NodeConfiguration, in tree: RootTree) async throws {
        let identifier = MachineIdentifier.derive(site: trust.site, uuid: facts.uuid, node: configuration.node)
        let files = IdentityFiles(configuration: configuration, boot: network, machineIdentifier: identifier)
        try await session.runHere(
            Step.identity, doing: "writing the names, network and accounts of \(configuration.node)",
            check: "the memory of the machine, and the image"
        ) {
            try tree.apply(files.changes(in: tree))
            try AgentFiles.install(in: tree, isTethered: configuration.method == .tethered)
            return StepResult((), "host name \(configuration.hostname), address \(network.address.network)")
        }
    }

    /// The last that is told from the initramfs. It is sent before the switch, as nobody would send it afterwards.
    private func handOver(_ configuration: NodeConfiguration, _ enrolment: Enrolment, in tree: RootTree) async throws {
        try await session.runHere(
            Step.switchRoot, doing: "starting \(configuration.system)",
            check: "the image, and the memory of the machine"
        ) {
            StepResult((), "starting \(try SwitchRoot.program(in: tree)) of \(configuration.system)")
        }
        _ = await reporter.flush(within: .seconds(5))
        let members = await pool.all.map(\.name)
        let state = AgentState(
            key: enrolment.key, configuration: configuration, members: members, events: await reporter.unsent)
        try state.save()
    }
}
