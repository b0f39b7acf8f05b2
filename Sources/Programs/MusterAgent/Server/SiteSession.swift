import DHCPWire
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import NIOPosix

/// What a machine and its site have to say to each other before a system gets there, in the initramfs of an image as well as
/// in a distributor's installer: the machine reaches a server, has its key granted, and asks for its configuration.
struct SiteSession: Sendable {
    let steps: StepRunner
    let facts: MachineFacts
    let trust: SiteTrust
    let network: NetworkState
    let pool: MemberPool
    let makeMember: @Sendable (MusterVendorOptions.Endpoint) throws -> any MemberServer
    /// The profile that the machine was booted into, from its kernel arguments.
    private let profile: String?
    private let contact: ServerContact

    private var reporter: EventReporter { steps.reporter }

    init(
        _ steps: StepRunner, _ facts: MachineFacts, _ arguments: KernelArguments, _ trust: SiteTrust,
        _ network: NetworkState
    ) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let authority = trust.authority
        let makeMember: @Sendable (MusterVendorOptions.Endpoint) throws -> any MemberServer = {
            try TLSMember($0, authority: authority, group: group)
        }
        let plain = PlainClock(members: network.members, group: group)
        self.steps = steps
        self.facts = facts
        self.trust = trust
        self.network = network
        self.makeMember = makeMember
        profile = arguments.profile
        pool = MemberPool(try network.members.nodeAPI.map(makeMember))
        contact = ServerContact(
            pool: pool, earliest: trust.issuedAt, clock: .system, setClock: { try SystemClock.set($0) },
            unauthenticatedTime: { await plain.time() })
    }

    /// A key that is no longer good ends an attempt: the node was armed again, or forgotten.
    private static func isKeyLost(_ error: MusterError) -> Bool { error.code == .unauthenticated }

    /// Does something with a key of this machine, with a new one when the server does not take it any more.
    func withKey<Value: Sendable>(_ body: (Enrolment) async throws -> Value) async throws -> Value {
        while true {
            do {
                let enrolment = try await enrol()
                await reporter.attach(MemberSender(pool: pool, key: enrolment.key), deployment: enrolment.deployment)
                return try await body(enrolment)
            } catch let error as MusterError where Self.isKeyLost(error) {
                await reporter.detach()
                await reporter.record(
                    Step.enrol, .retrying,
                    "the server no longer takes this machine's key (\(error.message)); enrolling anew")
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    func reachServer() async throws {
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

    private func enrol() async throws -> Enrolment {
        let machine = facts.description(macs: network.macs)
        // One key for all attempts: an answer that got lost must not cost the grant.
        let key = Secret(try KernelRandom.bytes(32))
        return try await steps.run(
            Step.enrol, doing: "asking the server to grant this machine's key",
            check: "`muster trace NODE` and musterd's log on the server"
        ) {
            let enrolment = try await Enrolment.ask(pool, key: key, machine: machine, profile: profile)
            return StepResult(enrolment, "this machine is \(enrolment.node); its key is granted")
        }
    }

    func configure(_ enrolment: Enrolment) async throws -> NodeConfiguration {
        try await steps.run(
            Step.configuration, doing: "asking for the configuration of \(enrolment.node)",
            check: "`muster node show \(enrolment.node)` and musterd's log on the server", isFinal: Self.isKeyLost
        ) {
            let configuration = try await pool.ask { try await $0.configuration(key: enrolment.key) }
            await learnMembers(configuration.members)
            return StepResult(
                configuration, "\(configuration.node) runs \(configuration.system), profile \(configuration.profile)")
        }
    }

    private func learnMembers(_ names: [String]) async {
        let endpoints = KernelArguments("muster.server=" + names.joined(separator: ",")).servers
        await pool.add(endpoints.compactMap { try? makeMember($0) })
    }

    /// Makes the SSH host key of a system, and has the site certify it.
    func certify(_ configuration: NodeConfiguration, _ enrolment: Enrolment, in tree: RootTree) async throws {
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

    /// Runs a step that needs nobody but this machine, again and again until it is done or the node was armed anew
    /// (`unauthenticated`).
    func runHere<Value: Sendable>(
        _ step: String, doing: String, check: String, _ body: () async throws -> StepResult<Value>
    ) async throws -> Value {
        try await steps.run(step, doing: doing, check: check, retry: .local, isFinal: Self.isKeyLost) {
            guard await !reporter.isKeyLost else {
                throw MusterError(.unauthenticated, "the node was armed anew while this machine was \(doing)")
            }
            return try await body()
        }
    }

    /// Waits for the operator, after something went wrong that only they can mend: until the node was armed anew, and this
    /// key is dead.
    func waitUntilArmedAnew(_ key: AgentKey) async throws {
        while true {
            try await Task.sleep(for: .seconds(15))
            do {
                _ = try await pool.ask { try await $0.configuration(key: key) }
            } catch let error as MusterError where Self.isKeyLost(error) {
                return
            } catch is MusterError {}
        }
    }
}
