import TFTPWire
import Testing

struct TFTPTransferTests {
    private func transfer(size: Int64, _ options: [(String, String)] = []) -> TFTPTransfer {
        TFTPTransfer(TFTPParameters(options.map { TFTPOption($0.0, $0.1) }, size: size), size: size)
    }

    private func arm(_ milliseconds: Int = 1000) -> TFTPTransfer.Action { .arm(milliseconds: milliseconds) }

    @Test("a file is sent block by block and ends with the short one")
    func sendsInOrder() {
        var transfer = transfer(size: 1025)
        #expect(transfer.start() == [.sendBlocks(first: 1, count: 1), arm()])
        #expect(transfer.handle(.acknowledgment(block: 1)) == [.sendBlocks(first: 2, count: 1), arm()])
        #expect(transfer.handle(.acknowledgment(block: 2)) == [.sendBlocks(first: 3, count: 1), arm()])
        #expect(transfer.range(of: 3) == 1024..<1025)
        #expect(transfer.handle(.acknowledgment(block: 3)) == [.finish])
        #expect(transfer.delivered == 1025)
    }

    @Test("a file that fills its last block ends with an empty one")
    func sendsEmptyLastBlock() {
        var transfer = transfer(size: 512)
        _ = transfer.start()
        #expect(transfer.handle(.acknowledgment(block: 1)) == [.sendBlocks(first: 2, count: 1), arm()])
        #expect(transfer.range(of: 2).isEmpty)
        #expect(transfer.handle(.acknowledgment(block: 2)) == [.finish])
    }

    @Test("an empty file is one empty block")
    func sendsEmptyFile() {
        var transfer = transfer(size: 0)
        #expect(transfer.start() == [.sendBlocks(first: 1, count: 1), arm()])
        #expect(transfer.handle(.acknowledgment(block: 1)) == [.finish])
    }

    @Test("data wait until the client has acknowledged the options")
    func acknowledgesOptions() {
        var transfer = transfer(size: 100, [("blksize", "1024")])
        #expect(transfer.start() == [.sendOptions([TFTPOption("blksize", "1024")]), arm()])
        #expect(transfer.handle(.acknowledgment(block: 1)) == [])
        #expect(transfer.handle(.timeout) == [.sendOptions([TFTPOption("blksize", "1024")]), arm()])
        #expect(transfer.handle(.acknowledgment(block: 0)) == [.sendBlocks(first: 1, count: 1), arm()])
    }

    @Test("a doubled acknowledgment does not double the data")
    func ignoresEcho() {
        var transfer = transfer(size: 10_000)
        _ = transfer.start()
        _ = transfer.handle(.acknowledgment(block: 1))
        #expect(transfer.handle(.acknowledgment(block: 1)) == [])
        #expect(transfer.handle(.acknowledgment(block: 0)) == [])
        #expect(transfer.handle(.acknowledgment(block: 9)) == [])
    }

    @Test("silence is answered with the same block at growing intervals, then given up")
    func backsOff() {
        var transfer = transfer(size: 10_000)
        _ = transfer.start()
        _ = transfer.handle(.acknowledgment(block: 1))
        #expect(waits(of: &transfer, for: 2) == [2000, 4000, 8000, 8000, 8000])
        #expect(transfer.handle(.acknowledgment(block: 2)) == [])
    }

    @Test("a client that acknowledges nothing at all is given up after four seconds")
    func givesUpUnheard() {
        var plain = transfer(size: 10_000)
        #expect(plain.start().last == arm())
        #expect(waits(of: &plain, for: 1) == [1000, 1000, 1000])
        var asking = transfer(size: 10_000, [("timeout", "255")])
        #expect(asking.start().last == arm())
        #expect(!asking.isHeard)
        for _ in 0..<3 { #expect(asking.handle(.timeout).last == arm()) }
        #expect(asking.handle(.timeout) == [.fail(.silence)])
    }

    /// The times for which it waits until it gives up.
    private func waits(of transfer: inout TFTPTransfer, for block: Int64) -> [Int] {
        var waits: [Int] = []
        while true {
            let actions = transfer.handle(.timeout)
            guard case .arm(let wait)? = actions.last else {
                #expect(actions == [.fail(.silence)])
                return waits
            }
            #expect(actions.first == .sendBlocks(first: block, count: 1))
            waits.append(wait)
        }
    }

    @Test("the interval that the client asked for is the first, once it was heard")
    func keepsAskedInterval() {
        var transfer = transfer(size: 10, [("timeout", "20")])
        _ = transfer.start()
        #expect(transfer.handle(.acknowledgment(block: 0)).last == arm(20_000))
        #expect(transfer.handle(.timeout).last == arm(20_000))
    }

    @Test("a window is sent at once and the next after its last acknowledgment")
    func sendsWindows() {
        var transfer = transfer(size: 512 * 6, [("windowsize", "4")])
        _ = transfer.start()
        #expect(transfer.handle(.acknowledgment(block: 0)) == [.sendBlocks(first: 1, count: 4), arm()])
        #expect(transfer.handle(.acknowledgment(block: 4)) == [.sendBlocks(first: 5, count: 3), arm()])
        #expect(transfer.handle(.acknowledgment(block: 7)) == [.finish])
    }

    @Test("after a gap the window begins anew behind what was received")
    func resumesAfterGap() {
        var transfer = transfer(size: 512 * 20, [("windowsize", "4")])
        _ = transfer.start()
        _ = transfer.handle(.acknowledgment(block: 0))
        #expect(transfer.handle(.acknowledgment(block: 2)) == [.sendBlocks(first: 3, count: 4), arm()])
        // The blocks that were still on the way make the client say it once more.
        #expect(transfer.handle(.acknowledgment(block: 2)) == [])
    }

    @Test("the loss of a window's first block is heard once")
    func resumesAtFirstBlock() {
        var transfer = transfer(size: 512 * 20, [("windowsize", "4")])
        _ = transfer.start()
        _ = transfer.handle(.acknowledgment(block: 0))
        #expect(transfer.handle(.acknowledgment(block: 4)) == [.sendBlocks(first: 5, count: 4), arm()])
        #expect(transfer.handle(.acknowledgment(block: 4)) == [.sendBlocks(first: 5, count: 4), arm()])
        #expect(transfer.handle(.acknowledgment(block: 4)) == [])
    }

    @Test("an error of the client ends the transfer")
    func endsOnError() {
        var transfer = transfer(size: 10)
        _ = transfer.start()
        let error = TFTPTransfer.Input.error(code: .optionsRefused, message: "no")
        #expect(transfer.handle(error) == [.fail(.refused(code: .optionsRefused, message: "no"))])
        #expect(transfer.isOver && transfer.handle(.timeout) == [])
    }

    @Test("block numbers roll over past 65535 in a file of 100 MB", arguments: [1, 16])
    func rollsOver(window: Int) {
        let size: Int64 = 100_000_000
        var transfer = transfer(size: size, [("windowsize", "\(window)")])
        var client = ReceivingClient(blockSize: 512, windowSize: window)
        var packets = client.take(transfer.start(), of: transfer)
        while let reply = packets.first, !client.isComplete {
            packets = client.take(transfer.handle(reply), of: transfer)
        }
        for reply in packets { _ = transfer.handle(reply) }
        #expect(client.received == size && transfer.isOver && transfer.delivered == size)
        #expect(transfer.retransmissions == 0)
    }

    @Test("loss, doubling and reordering delay a transfer and do not harm it", arguments: 0..<200)
    func survivesBadNetwork(seed: Int) {
        var network = BadNetwork(seed: UInt64(seed))
        let windowSize = [1, 2, 7, 16][seed % 4]
        var transfer = transfer(size: 512 * 150 + Int64(seed), [("windowsize", "\(windowSize)")])
        var client = ReceivingClient(blockSize: 512, windowSize: windowSize)
        network.run(&transfer, &client)
        #expect(client.isComplete && client.received == transfer.size && client.isInOrder)
        // Doubled packets must not breed (sorcerer's apprentice).
        #expect(network.dataPackets < (windowSize == 1 ? 150 * 2 : 150 * 8))
    }
}
