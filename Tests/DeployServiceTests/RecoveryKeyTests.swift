import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Testing

@Suite("recovery keys of encrypted disks")
struct RecoveryKeyTests {
    private func report(_ number: Int) -> RecoveryKeyReport {
        RecoveryKeyReport(volume: "00000000-0000-4000-8000-00000000000\(number)", key: "abcdef-ghijkm-\(number)23456")
    }

    private func installing() async throws -> DeskFixture {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1", profile: "disk")
        _ = try await site.enrol(machine: 1, key: 1)
        return site
    }

    @Test("the newest comes first, one a volume, and the oldest of many go")
    func kept() async throws {
        let site = try await installing()
        for number in [1, 2, 3, 2, 4, 5] {
            try await site.service.node.recoveryKey(report(number), key: DeskFixture.key(1))
        }
        let keys = try await site.service.recoveryKeys.keys(of: "n1").keys
        #expect(keys.map(\.key) == [5, 4, 2, 3].map { report($0).key })
        #expect(Set(keys.map(\.deployment)).count == 1)
        // They are there for another member, and after a restart.
        let other = try await DeskFixture(store: site.store)
        #expect(try await other.service.recoveryKeys.keys(of: "n1").keys == keys)
    }

    @Test("a node keeps keys of its own installation alone, and what is no key is refused")
    func refused() async throws {
        let site = try await installing()
        for wrong in [
            RecoveryKeyReport(volume: "x", key: report(1).key),
            RecoveryKeyReport(volume: report(1).volume, key: "short"),
            RecoveryKeyReport(volume: report(1).volume, key: "abcdefghijklmnop\u{1B}[2J"),
        ] {
            let error = await #expect(throws: MusterError.self) {
                try await site.service.node.recoveryKey(wrong, key: DeskFixture.key(1))
            }
            #expect(error?.code == .invalidInput)
        }
        let stranger = await #expect(throws: MusterError.self) {
            try await site.service.node.recoveryKey(report(1), key: DeskFixture.key(2))
        }
        #expect(stranger?.code == .unauthenticated)
        _ = try await site.deploy("n2")
        _ = try await site.enrol(machine: 2, key: 2)
        let diskless = await #expect(throws: MusterError.self) {
            try await site.service.node.recoveryKey(report(1), key: DeskFixture.key(2))
        }
        #expect(diskless?.code == .forbidden)
        let staged = [site.event(Step.staged, .done)]
        let deployment = try #require(site.service.deployments.status("n1").nodes.first?.deployment?.id)
        try site.service.node.events(
            EventReport(deployment: deployment, firstNumber: 0, events: staged), key: DeskFixture.key(1))
        let installed = await #expect(throws: MusterError.self) {
            try await site.service.node.recoveryKey(report(1), key: DeskFixture.key(1))
        }
        #expect(installed?.code == .forbidden)
        for name in ["n1", "n2", "a/b"] {
            let none = await #expect(throws: MusterError.self) { try await site.service.recoveryKeys.keys(of: name) }
            #expect(none?.code == .notFound)
        }
    }
}
