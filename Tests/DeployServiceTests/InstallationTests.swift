import BootPolicy
import DHCPWire
import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Testing

@Suite("installations to disk, seen from the server")
struct InstallationTests {
    /// Sends what a firmware sends first, and does what comes of it.
    private func powerOn(_ site: DeskFixture) async throws {
        let network = try #require(IPv4Network("10.0.255.254/16"))
        let interface = try #require(BootInterface(name: "eth0", addresses: [network]))
        var responder = BootResponder(
            policy: BootPolicy(settings: BootSettings(), interface: interface), directory: site.service.boot,
            leases: LeaseTable())
        var packet = DHCPPacket(.request, transaction: 1)
        packet.macAddress = DeskFixture.mac(1)
        packet.options.setMessageType(.discover)
        packet.options.setText(.vendorClass, "PXEClient:Arch:00000:UNDI:002001")
        packet.options.setClientArchitecture(.x86BIOS)
        _ = responder.respond(to: packet.encoded()[...], port: .server, at: site.now())
        let running = Task { try await site.service.run() }
        running.cancel()
        try await running.value
    }

    private func report(_ events: [TraceEvent], _ deployment: String, _ key: UInt32, _ site: DeskFixture) throws {
        try site.service.node.events(
            EventReport(deployment: deployment, firstNumber: 0, events: events), key: DeskFixture.key(key))
    }

    @Test("a machine that is reset in the middle begins anew with a new key; one that is on its disk keeps its own")
    func reset() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1", profile: "disk")
        let first = try await site.enrol(machine: 1, key: 1).deployment
        try report([site.event(Step.copy, .progress)], first, 1, site)
        #expect(try site.state(of: "n1") == .installing)
        try await powerOn(site)
        let again = try await DeskFixture(store: store)
        let second = try await again.enrol(machine: 1, key: 2).deployment
        #expect(second != first)
        await #expect(throws: MusterError.self) { try await again.service.node.configuration(key: DeskFixture.key(1)) }
        try report([again.event(Step.copy, .done), again.event(Step.staged, .done)], second, 2, again)
        #expect(try again.state(of: "n1") == .staged)
        try await powerOn(again)
        let last = try await DeskFixture(store: store)
        #expect(try last.state(of: "n1") == .staged)
        #expect(try await last.service.node.configuration(key: DeskFixture.key(2)).deployment == second)
    }

    @Test("a machine that returned to its other root tells so by the new key, and what it runs is what it says")
    func returned() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1", profile: "disk")
        let deployment = try await site.enrol(machine: 1, key: 1).deployment
        try report([site.event(Step.staged, .done)], deployment, 1, site)
        try site.service.node.events(
            EventReport(
                deployment: deployment, firstNumber: 1_000_010_000, events: [site.event(Step.trial, .failed)]),
            key: DeskFixture.key(1))
        _ = try site.service.node.heartbeat(
            Heartbeat(
                image: ImageReference("debian-12@6"), bootIdentifier: "b", uptime: 1, memoryAvailable: 1,
                goingDown: false), key: DeskFixture.key(1))
        // What the old root does at its start does not bring the deployment back.
        try site.service.node.events(
            EventReport(deployment: deployment, firstNumber: 1_000_010_001, events: [site.event(Step.onboot, .done)]),
            key: DeskFixture.key(1))
        let status = try #require(try site.service.deployments.status("n1").nodes.first)
        #expect(status.deployment?.state == .failed && status.running?.description == "debian-12@6" && status.alive)
        let uses = site.service.deployments.imageUses().uses.filter { $0.node == "n1" }
        #expect(Set(uses.map { "\($0.image) \($0.reason)" }) == ["debian-12@6 running", "debian-12@7 deployment"])
    }

    @Test("a machine is told what to install and where, and one that runs from memory is not")
    func configuration() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1", profile: "disk")
        _ = try await site.deploy("n2")
        _ = try await site.enrol(machine: 1, key: 1)
        _ = try await site.enrol(machine: 2, key: 2)
        let install = try await site.service.node.configuration(key: DeskFixture.key(1)).install
        #expect(install?.diskRule == "" && install?.mayWipeDisk == false)
        #expect(install?.kernelArguments == ["quiet"])
        #expect(try await site.service.node.configuration(key: DeskFixture.key(2)).install == nil)
    }

    @Test("a profile that is changed to write disks makes no machine do so that was deployed otherwise")
    func changedToDisk() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        site.world.method.withLock { $0 = .installtodisk }
        let configuration = try await site.service.node.configuration(key: DeskFixture.key(1))
        #expect(configuration.method == .untethered && configuration.install == nil)
        // Between the ways from memory a change counts from the next boot on.
        site.world.method.withLock { $0 = .tethered }
        #expect(try await site.service.node.configuration(key: DeskFixture.key(1)).method == .tethered)
    }

    @Test("a profile that writes no disks any more installs nothing, and leaves alone what is installed")
    func changedToMemory() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1,n2", profile: "disk")
        let first = try await site.enrol(machine: 1, key: 1).deployment
        _ = try await site.enrol(machine: 2, key: 2)
        try report([site.event(Step.copy, .done), site.event(Step.staged, .done)], first, 1, site)
        site.world.diskMethod.withLock { $0 = .untethered }
        #expect(try await site.service.node.configuration(key: DeskFixture.key(1)).method == .installtodisk)
        let error = await #expect(throws: MusterError.self) {
            try await site.service.node.configuration(key: DeskFixture.key(2))
        }
        #expect(
            error?.message == "n2 was armed for the profile disk when that was installtodisk; it is untethered by now")
    }

    @Test("a machine whose step failed and that goes on is told all that it needs, and arrives")
    func goesOn() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1", profile: "disk")
        let deployment = try await site.enrol(machine: 1, key: 1).deployment
        try report([site.event(Step.manifest, .failed)], deployment, 1, site)
        #expect(try site.state(of: "n1") == .failed)
        let configuration = try await site.service.node.configuration(key: DeskFixture.key(1))
        #expect(configuration.image?.chunkKey.isEmpty == false && configuration.install != nil)
        try site.service.node.events(
            EventReport(deployment: deployment, firstNumber: 1, events: [site.event(Step.staged, .done)]),
            key: DeskFixture.key(1))
        #expect(try site.state(of: "n1") == .staged)
        #expect(try await site.service.node.configuration(key: DeskFixture.key(1)).image?.chunkKey.isEmpty == true)
    }

    @Test("the key on a disk opens no image and tells no password")
    func installedKey() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1", profile: "disk")
        let deployment = try await site.enrol(machine: 1, key: 1).deployment
        #expect(try await site.service.node.configuration(key: DeskFixture.key(1)).image?.chunkKey.isEmpty == false)
        try report([site.event(Step.copy, .done), site.event(Step.staged, .done)], deployment, 1, site)
        let configuration = try await site.service.node.configuration(key: DeskFixture.key(1))
        #expect(configuration.image?.chunkKey.isEmpty == true && configuration.rootPasswordCrypt == nil)
        #expect(configuration.install != nil)
    }
}
