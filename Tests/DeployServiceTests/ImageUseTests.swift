import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Store
import Testing

/// What no one may take away, as `muster image gc` asks it.
struct ImageUseTests {
    /// A machine that runs debian-12@7, while the profile gives 8 by now.
    private func fixture(store: any Store = MemoryStore()) async throws -> DeskFixture {
        let fixture = try await DeskFixture(store: store)
        _ = try await fixture.deploy("n1")
        _ = try await fixture.enrol(machine: 1, key: 1)
        fixture.world.image.withLock { $0 = "debian-12@8" }
        return fixture
    }

    private func uses(_ fixture: DeskFixture) -> [String] {
        fixture.service.deployments.imageUses().uses.map { "\($0.image) \($0.node) \($0.reason)" }
    }

    @Test("what a machine runs counts while it is armed for another version, also after a restart of the service")
    func armedAnew() async throws {
        let store = MemoryStore()
        let fixture = try await fixture(store: store)
        _ = try await fixture.deploy("n1", force: true)
        let wanted = ["debian-12@7 n1 former", "debian-12@8 n1 deployment"]
        #expect(uses(fixture) == wanted)
        // Armed once more: it has not come back in between.
        _ = try await fixture.deploy("n1", force: true)
        #expect(uses(fixture) == wanted)
        #expect(try await uses(DeskFixture(store: store)) == wanted)
    }

    @Test("a machine that asks for a new key has lost what it ran")
    func cameBack() async throws {
        let fixture = try await fixture()
        _ = try await fixture.deploy("n1", force: true)
        _ = try await fixture.enrol(machine: 1, key: 2)
        #expect(uses(fixture) == ["debian-12@8 n1 deployment"])
    }

    @Test("what was armed and never began is nothing that a machine runs")
    func neverBegan() async throws {
        let fixture = try await DeskFixture()
        _ = try await fixture.deploy("n1")
        fixture.world.image.withLock { $0 = "debian-12@8" }
        _ = try await fixture.deploy("n1")
        #expect(uses(fixture) == ["debian-12@8 n1 deployment"])
    }

    @Test("a machine whose deployment was cleared goes on reading, until it comes back")
    func cleared() async throws {
        let store = MemoryStore()
        let fixture = try await fixture(store: store)
        _ = try await fixture.service.deployments.clear("n1")
        #expect(uses(fixture) == ["debian-12@7 n1 removed"])
        let restarted = try await DeskFixture(store: store)
        #expect(uses(restarted) == ["debian-12@7 n1 removed"])
        restarted.world.image.withLock { $0 = "debian-12@8" }
        _ = try await restarted.deploy("n1")
        #expect(uses(restarted) == ["debian-12@7 n1 former", "debian-12@8 n1 deployment"])
        _ = try await restarted.enrol(machine: 1, key: 3)
        #expect(uses(restarted) == ["debian-12@8 n1 deployment"])
        #expect(try await uses(DeskFixture(store: store)) == ["debian-12@8 n1 deployment"])
    }

    @Test("a machine that network-boots again for another version keeps the first until its key is granted")
    func bootedAgain() async throws {
        let fixture = try await fixture()
        _ = try fixture.service.node.heartbeat(
            Heartbeat(
                image: ImageReference("debian-12@7"), bootIdentifier: "b", uptime: 1, memoryAvailable: 1,
                goingDown: false), key: DeskFixture.key(1))
        _ = try await fixture.deploy("n1", force: true)
        #expect(
            uses(fixture) == ["debian-12@7 n1 former", "debian-12@7 n1 running", "debian-12@8 n1 deployment"])
    }
}
