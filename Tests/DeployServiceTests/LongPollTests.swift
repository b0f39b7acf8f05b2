import DeployService
import MusterAPI
import MusterBase
import Testing

@Suite struct LongPollTests {
    /// One step of a node: one change.
    private func change(_ site: DeskFixture, _ node: String) {
        site.service.boot.fetched("/boot/loader", by: node, over: "HTTP", octets: 1, failure: nil)
    }

    private func revision(_ site: DeskFixture) throws -> Int64 { try site.service.deployments.status("n1").revision }

    /// A poll that surely waits, what it was told, and what it all cost.
    private func poll(
        _ site: DeskFixture, _ range: String?, while body: () -> Void
    ) async throws -> (nodes: [String], cost: Int) {
        let desk = site.service.deployments
        let (start, before) = (try revision(site), desk.lookedAt)
        async let answer = desk.status(range, after: start, wait: .seconds(60))
        while desk.waiterCount == 0 { await Task.yield() }
        body()
        return (try await answer.nodes.map(\.node), desk.lookedAt - before)
    }

    @Test("what a change costs those who wait does not grow with the number of nodes that they watch")
    func cost() async throws {
        var costs: Set<Int> = []
        for count in [3, 2000] {
            let site = try await DeskFixture(count: count)
            _ = try await site.deploy((1...count).map { "n\($0)" }.joined(separator: ","))
            let (nodes, cost) = try await poll(site, nil) { change(site, "n2") }
            #expect(nodes == ["n2"])
            costs.insert(cost)
        }
        // Once to know whom to wake, once for the answer.
        #expect(costs == [2])
    }

    @Test("changes of other nodes wake nobody, and cost one look each")
    func others() async throws {
        let site = try await DeskFixture(count: 1000)
        _ = try await site.deploy((1...1000).map { "n\($0)" }.joined(separator: ","))
        let watched = (1...999).map { "n\($0)" }.joined(separator: ",")
        let (nodes, cost) = try await poll(site, watched) {
            for _ in 0..<50 {
                change(site, "n1000")
                #expect(site.service.deployments.waiterCount == 1)
            }
            change(site, "n7")
        }
        #expect(nodes == ["n7"])
        // One look at each change to know whom it concerns, and at all of them once more for the answer.
        #expect(cost == 51 + 51)
    }

    @Test("who watches few nodes pays for these alone, however much happened meanwhile")
    func longAgo() async throws {
        let site = try await DeskFixture(count: 500)
        let start = try revision(site)
        _ = try await site.deploy((1...500).map { "n\($0)" }.joined(separator: ","))
        let before = site.service.deployments.lookedAt
        let answer = try await site.service.deployments.status("n1,n2", after: start, wait: .zero)
        #expect(answer.nodes.map(\.node) == ["n1", "n2"])
        #expect(site.service.deployments.lookedAt - before == 2)
    }

    @Test("no change is forgotten, however often others changed since, and old ones of the same node are not kept")
    func compacted() async throws {
        let site = try await DeskFixture(count: 200)
        _ = try await site.deploy((1...200).map { "n\($0)" }.joined(separator: ","))
        let start = try revision(site)
        change(site, "n3")
        for _ in 0..<70 { change(site, "n1") }
        let before = site.service.deployments.lookedAt
        let answer = try await site.service.deployments.status(nil, after: start, wait: .zero)
        #expect(answer.nodes.map(\.node) == ["n1", "n3"])
        #expect(site.service.deployments.lookedAt - before < 20)
        _ = try await site.service.deployments.clear("n3")
        let last = try await site.service.deployments.status(nil, after: answer.revision, wait: .zero)
        #expect(last.nodes.map(\.node) == ["n3"])
    }

    @Test("a range is expanded once while the inventory stays as it is")
    func expansion() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1,n2")
        func polls() async throws -> Int {
            let before = site.world.expansions.withLock { $0 }
            for _ in 0..<3 { _ = try await site.service.deployments.status("n1,n2", after: 0, wait: .zero) }
            return site.world.expansions.withLock { $0 } - before
        }
        #expect(try await polls() == 1)
        #expect(try await polls() == 0)
        site.world.inventoryRevision.withLock { $0 += 1 }
        #expect(try await polls() == 1)
    }

    @Test("the name of a state is refused, for nobody knows which nodes it stood for; a name that holds one is not")
    func states() async throws {
        let site = try await DeskFixture()
        let desk = site.service.deployments
        _ = try await site.deploy("n1,unarmed1")
        for range in ["armed", "n2,armed"] {
            let error = await #expect(throws: MusterError.self) {
                _ = try await desk.status(range, after: 0, wait: .zero)
            }
            #expect(error?.code == .invalidInput && error?.message.contains("'armed'") == true)
        }
        let before = site.world.expansions.withLock { $0 }
        for _ in 0..<2 { #expect(try await desk.status("unarmed1", after: 0, wait: .zero).nodes.count == 1) }
        #expect(site.world.expansions.withLock { $0 } - before == 1)
    }

    @Test("a poll ends when the service does")
    func serviceEnds() async throws {
        let site = try await DeskFixture()
        let desk = site.service.deployments
        let running = Task { try await site.service.run() }
        let start = ContinuousClock.now
        async let answer = desk.status(nil, after: try revision(site), wait: .seconds(60))
        while desk.waiterCount == 0 { await Task.yield() }
        running.cancel()
        #expect(try await answer.nodes.isEmpty)
        #expect(ContinuousClock.now - start < .seconds(50))
        try await running.value
    }
}
