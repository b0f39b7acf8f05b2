import Store
import Testing

@Suite("The history behind watches", .timeLimit(.minutes(1)))
struct ChangeHistoryTests {
    private func waiting(_ history: ChangeHistory) async -> Task<Void, Never> {
        let task = Task { await history.wait(beyond: 0) }
        while history.waiterCount == 0 { await Task.yield() }
        return task
    }

    @Test("one who waits is woken by a change")
    func change() async {
        let history = ChangeHistory(after: 0, limit: 1_000)
        let task = await waiting(history)
        history.append([StoreChangeBatch(revision: 1, changes: [.delete("a")])])
        await task.value
        #expect(history.waiterCount == 0)
    }

    @Test("one who waits is woken by cancelling its task")
    func cancelling() async {
        let history = ChangeHistory(after: 0, limit: 1_000)
        let task = await waiting(history)
        task.cancel()
        await task.value
        #expect(history.waiterCount == 0)
    }

    @Test("one who waits is woken by closing")
    func closing() async {
        let history = ChangeHistory(after: 0, limit: 1_000)
        let task = await waiting(history)
        history.close()
        await task.value
        #expect(history.waiterCount == 0)
    }
}
