import NIOCore
import TFTPService
import Testing

@Suite("places for transfers")
struct TransferTableTests {
    private func client(_ port: Int) throws -> SocketAddress { try SocketAddress(ipAddress: "10.0.0.7", port: port) }

    private func admit(_ port: Int, to table: TransferTable) throws -> TransferTable.Admission {
        table.admit(try client(port))
    }

    @Test("when all places are taken, newcomers do not put each other out before they could answer")
    func sparesNewcomers() throws {
        let table = TransferTable(limits: TFTPServiceLimits(transfers: 2, sparedUnheard: .seconds(600)))
        for port in 1...2 { #expect(try admit(port, to: table) == .admitted(port, evicted: nil)) }
        #expect(try admit(3, to: table) == .full)
        #expect(try admit(1, to: table) == .underWay)
        table.remove(try client(1), 1)
        #expect(try admit(3, to: table) == .admitted(3, evicted: nil))
    }

    @Test("one that had time to answer and did not gives its place, the oldest first, and none that was heard")
    func evicts() throws {
        let table = TransferTable(limits: TFTPServiceLimits(transfers: 3, sparedUnheard: .zero))
        for port in 1...3 { #expect(try admit(port, to: table) == .admitted(port, evicted: nil)) }
        table.heard(try client(1), 1)
        #expect(try admit(4, to: table) == .admitted(4, evicted: 2))
        #expect(!table.contains(try client(2), 2))
        #expect(table.contains(try client(1), 1))
        table.heard(try client(3), 3)
        table.heard(try client(4), 4)
        #expect(try admit(5, to: table) == .full)
    }
}
