import MusterBase
import Synchronization
import Testing
import WebService

@Suite struct APIConnectionsTests {
    @Test("each connection is served, and the group ends once the connections are finished and served")
    func serves() async {
        let connections = APIConnections()
        let served = Mutex(0)
        await withDiscardingTaskGroup { group in
            for _ in 0..<100 {
                #expect(connections.add { { served.withLock { $0 += 1 } } })
            }
            connections.finish()
            await connections.run(in: &group)
        }
        #expect(served.withLock { $0 } == 100)
    }

    @Test("a connection that came before the end is served when all is cancelled; later ones are not taken")
    func cancelled() async {
        let connections = APIConnections()
        let served = Mutex(0)
        #expect(connections.add { { served.withLock { $0 += 1 } } })
        let run = Task { await withDiscardingTaskGroup { group in await connections.run(in: &group) } }
        run.cancel()
        await run.value
        #expect(served.withLock { $0 } == 1)
        #expect(!connections.add { { Issue.record("served after the end") } })
    }
}
