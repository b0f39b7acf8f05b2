import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Testing

/// What machines fetch, and do not get, on their way up.
@Suite struct FetchTests {
    private func fail(_ site: DeskFixture, _ path: String, _ failure: FetchFailure = .status(404)) {
        site.service.boot.fetched(path, by: "n1", over: "HTTP", octets: 0, failure: failure)
    }

    private func events(_ site: DeskFixture, _ deployment: String? = nil) async throws -> [TraceEvent] {
        try await site.service.deployments.trace(of: "n1", deployment: deployment).events
    }

    @Test("a machine that fails at the same file again and again shows it, and when it last did")
    func repeated() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        for _ in 0..<3 {
            site.pass(.seconds(30))
            site.service.boot.fetched("/images/debian/7/kernel", by: "n1", over: "HTTP", octets: 9, failure: nil)
            site.pass(.seconds(30))
            fail(site, "/images/debian/7/initramfs")
        }
        let desk = site.service.deployments
        let status = try desk.status("n1")
        let deployment = try #require(status.nodes.first?.deployment)
        #expect(deployment.lastStep?.contains("initramfs over HTTP: answered with HTTP status 404") == true)
        #expect(deployment.lastEventAt == site.now())
        fail(site, "/images/debian/7/initramfs")
        #expect(try await desk.status("n1", after: status.revision, wait: .zero).nodes.count == 1)
        #expect(try await events(site).count { $0.message.contains("status 404 (4 times") } == 1)
    }

    @Test("names and words that a stranger makes up are one event, and hide no refusal of a key")
    func madeUp() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        for number in 0..<100 {
            fail(site, "/boot/\(number)")
            fail(site, "/os/\(number)/boot.ipxe", .brokenOff("\(number)"))
            fail(site, "/images/\(number)/kernel", .cutOff(after: Int64(number)))
        }
        _ = try? await site.enrol(machine: 1, key: 1, from: 2)
        let all = try await events(site)
        #expect(all.count { $0.message.contains("(100 times") } == 3)
        #expect(all.contains { $0.message.contains("key refused to 10.0.0.2") })
        #expect(all.count == 5)
    }

    @Test("refusals of fetches have a budget, and those of keys another")
    func budgets() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        for status in 400..<600 { fail(site, "/boot/a", .status(status)) }
        _ = try? await site.enrol(machine: 1, key: 1, from: 2)
        let all = try await events(site)
        #expect(all.count { $0.message.contains("further requests were refused") } == 1)
        #expect(all.contains { $0.message.contains("key refused to 10.0.0.2") })
    }

    @Test("an earlier deployment still says how often something was refused")
    func earlier() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        fail(site, "/boot/a")
        // Written, with the event; the others come after.
        #expect(try await events(site).count == 2)
        for _ in 0..<4 { fail(site, "/boot/a") }
        let first = try #require(try site.service.deployments.status("n1").nodes.first?.deployment?.id)
        _ = try await site.deploy("n1", force: true)
        #expect(try await events(site, first).contains { $0.message.contains("(5 times") })
        let trace = try await site.service.deployments.trace(of: "n1", deployment: first)
        #expect(trace.deployment.id == first && trace.deployment.profile == "debian-12")
    }
}
