import BootPolicy
import Crypto
import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Store
import Synchronization
import TestSupport

/// A site of a few nodes in memory, with a clock that is moved by hand.
final class DeskFixture: Sendable {
    struct Nodes: NodeLookup {
        var settings: [String: NodeSettings]

        func node(mac: MACAddress) -> String? { settings.values.first { $0.macs.contains(mac) }?.name }
        func node(uuid: MachineUUID) -> String? { settings.values.first { $0.uuid == uuid }?.name }
        func settings(of node: String) throws -> NodeSettings? { settings[node] }
        func isAssigned(_ address: IPv4Address) -> Bool { false }
    }

    struct Profiles: ProfileLookup {
        var world: World

        func boot(_ profile: String) throws -> ProfileBoot {
            guard ["debian-12", "disk"].contains(profile), let image = ImageReference(world.image.withLock { $0 }),
                let digest = ContentDigest(octets: [UInt8](repeating: 1, count: 32))
            else { throw MusterError(.notFound, "there is no profile '\(profile)'") }
            guard profile == "disk" else {
                return ProfileBoot(
                    method: world.method.withLock { $0 }, system: .image(image, manifest: digest), onbootScripts: [])
            }
            let install = ProfileInstall(
                kernelArguments: ["quiet"], preScripts: [], postScripts: [], firstbootScripts: [])
            return ProfileBoot(
                method: world.diskMethod.withLock { $0 },
                system: .image(image, manifest: digest, disk: InstallSettings()), onbootScripts: [], install: install)
        }
        func chunkKey(of image: ImageReference) throws -> Secret<String> { Secret(String(repeating: "07", count: 32)) }
        func keepBootOrder(_ order: [Int], of image: ImageReference) throws {
            world.orders.withLock { $0.append("\(image) \(order)") }
        }
        func descriptions() throws -> [ProfileDescription] { [] }
        func description(_ profile: String) throws -> ProfileDescription {
            throw MusterError(.notFound, "there is no profile '\(profile)'")
        }
    }

    let store: any Store
    let service: DeployService
    private let clock = TestClock(Timestamp(seconds: 1_700_000_000))
    let world = World()

    static func mac(_ number: UInt64) -> MACAddress { MACAddress(rawValue: 0x5254_0000_0000 + number) }
    static func uuid(_ number: UInt64) -> MachineUUID { MachineUUID(high: 0xabc, low: number) }
    /// From 10.0.0.1.
    static func address(_ number: UInt32) -> IPv4Address { IPv4Address(rawValue: 0x0A00_0000 + number) }

    init(
        store: any Store = MemoryStore(), count: Int = 3, rearm: Bool = true, knownByUUIDOnly: Bool = false
    ) async throws {
        self.store = store
        let names = (1...count).map { "n\($0)" }
        let settings = names.enumerated().map { position, name in
            NodeSettings(
                name: name, hostname: name, domain: "example.org", uuid: Self.uuid(UInt64(position + 1)),
                interfaces: [
                    InterfaceConfiguration(
                        name: "", hardwareAddress: knownByUUIDOnly ? nil : Self.mac(UInt64(position + 1)),
                        method: .static,
                        address: IPv4Network(Self.address(UInt32(position + 1)), prefixLength: 16), gateway: nil,
                        mtu: nil)
                ], rearmsAtNetworkBoot: rearm)
        }
        for number in UInt32(1)...UInt32(count) {
            world.holders.withLock { $0[Self.address(number)] = Self.mac(UInt64(number)) }
        }
        let world = self.world
        service = try await DeployService.open(
            DeployService.Surroundings(
                store: store, nodes: Nodes(settings: Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0) })),
                profiles: Profiles(world: world),
                links: LinkTable { address in world.holders.withLock { $0[address] } },
                signer: SiteSigner(
                    signHostKey: { key, node, principals in "\(key) cert of \(node) for \(principals)" },
                    userAuthority: "ca", knownHosts: []),
                expand: { range, sets in
                    world.expansions.withLock { $0 += 1 }
                    return range.map { $0.split(separator: ",").flatMap { sets(String($0)) ?? [String($0)] } } ?? names
                },
                inventoryRevision: { world.inventoryRevision.withLock { $0 } },
                members: { ["10.0.0.254:443"] }, heartbeatInterval: 60,
                clock: clock.wall, logger: quietLogger))
    }

    /// What the service is told from outside, and how often it asks.
    final class World: Sendable {
        /// Which hardware address holds an address, as the link table says.
        let holders = Mutex<[IPv4Address: MACAddress]>([:])
        /// What the profile gives.
        let image = Mutex("debian-12@7")
        let method = Mutex(DeploymentMethod.untethered)
        let diskMethod = Mutex(DeploymentMethod.installtodisk)
        /// Boot orders that were kept.
        let orders = Mutex<[String]>([])
        /// How often a range was expanded.
        let expansions = Mutex(0)
        /// Rises with each change of the inventory.
        let inventoryRevision = Mutex<Int64>(1)
    }

    func now() -> Timestamp { clock.now }
    func pass(_ duration: Duration) { clock.pass(duration) }
    func setHolder(of address: IPv4Address, to mac: MACAddress?) {
        world.holders.withLock { $0[address] = mac }
    }

    func deploy(
        _ range: String, profile: String = "debian-12", force: Bool = false
    ) async throws -> DeployResponse {
        try await service.deployments.deploy(
            DeployRequest(range: range, profile: profile, prepare: true, force: force, dryRun: false), by: "root")
    }

    static func key(_ number: UInt32) -> Secret<[UInt8]> {
        Secret((0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) })
    }

    /// What machine `machine` sends when it asks for the grant of key `key`.
    func enrolRequest(machine: UInt64, key: UInt32) throws -> EnrolRequest {
        let digest = SHA256.hash(data: Self.key(key).reveal())
        guard let digest = ContentDigest(octets: digest) else { throw MusterError(.internalFailure, "digest") }
        return EnrolRequest(
            machine: MachineDescription(
                uuid: Self.uuid(machine), serial: nil, macs: [Self.mac(machine)], architecture: "x86_64",
                firmware: "bios", memory: 1 << 31, processors: 1),
            keyDigest: digest, agent: "test", profile: "debian-12")
    }

    func enrol(machine: UInt64, key: UInt32, from number: UInt32? = nil) async throws -> EnrolResponse {
        try await service.node.enrol(
            enrolRequest(machine: machine, key: key), from: Self.address(number ?? UInt32(machine)))
    }

    func state(of node: String) throws -> DeploymentState? {
        try service.deployments.status(node).nodes.first?.deployment?.state
    }

    func event(_ step: String, _ status: TraceStatus, _ message: String = "m") -> TraceEvent {
        TraceEvent(time: now(), source: .agent, step: step, status: status, message: message)
    }
}
