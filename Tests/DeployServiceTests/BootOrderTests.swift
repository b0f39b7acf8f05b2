import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Testing

/// What nodes may tell of the order in which they read their root.
struct BootOrderTests {
    private func report(_ image: String, _ order: [Int] = [2, 0]) throws -> BootOrderReport {
        BootOrderReport(image: try #require(ImageReference(image)), order: order)
    }

    @Test("a tethered node tells it of the version that it was given, and of no other")
    func ownVersion() async throws {
        let fixture = try await DeskFixture()
        fixture.world.method.withLock { $0 = .tethered }
        _ = try await fixture.deploy("n1")
        _ = try await fixture.enrol(machine: 1, key: 1)
        try fixture.service.node.bootOrder(report("debian-12@7"), key: DeskFixture.key(1))
        for image in ["debian-12@8", "debian-13@7"] {
            let error = #expect(throws: MusterError.self) {
                try fixture.service.node.bootOrder(report(image), key: DeskFixture.key(1))
            }
            #expect(error?.code == .forbidden)
        }
        #expect(fixture.world.orders.withLock { $0 } == ["debian-12@7 [2, 0]"])
    }

    @Test("a node that does not read its root over the network, or has no key in force, tells nothing")
    func others() async throws {
        let fixture = try await DeskFixture()
        _ = try await fixture.deploy("n1")
        _ = try await fixture.enrol(machine: 1, key: 1)
        let untethered = #expect(throws: MusterError.self) {
            try fixture.service.node.bootOrder(report("debian-12@7"), key: DeskFixture.key(1))
        }
        #expect(untethered?.code == .forbidden)
        fixture.world.method.withLock { $0 = .tethered }
        _ = try await fixture.deploy("n1", force: true)
        // The key of the deployment before is good for heartbeats alone.
        let former = #expect(throws: MusterError.self) {
            try fixture.service.node.bootOrder(report("debian-12@7"), key: DeskFixture.key(1))
        }
        #expect(former?.code == .unauthenticated)
        #expect(fixture.world.orders.withLock { $0 }.isEmpty)
    }
}
