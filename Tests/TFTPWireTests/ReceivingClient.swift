import TFTPWire
import TestSupport

/// The other end of a transfer, as RFC 1350 and RFC 7440 describe it. Knows blocks by number only.
struct ReceivingClient {
    let blockSize: Int
    let windowSize: Int
    private(set) var received: Int64 = 0
    private(set) var isComplete = false
    private(set) var isInOrder = true
    private var lastBlock: UInt16 = 0
    private var sinceAcknowledgment = 0
    private var position: Int64 = 0

    init(blockSize: Int, windowSize: Int) {
        self.blockSize = blockSize
        self.windowSize = windowSize
    }

    /// Takes all that is sent, without loss; gives the answers.
    mutating func take(_ actions: [TFTPTransfer.Action], of transfer: TFTPTransfer) -> [TFTPTransfer.Input] {
        var replies: [TFTPTransfer.Input] = []
        for action in actions {
            switch action {
            case .sendOptions: replies.append(.acknowledgment(block: 0))
            case .sendBlocks(let first, let count):
                for block in first..<first + Int64(count) {
                    if let reply = take(block, range: transfer.range(of: block)) { replies.append(reply) }
                }
            case .arm, .finish, .fail: break
            }
        }
        return replies
    }

    /// Takes one block; the acknowledgment that is due, if one is.
    mutating func take(_ block: Int64, range: Range<Int64>) -> TFTPTransfer.Input? {
        guard UInt16(truncatingIfNeeded: block) == lastBlock &+ 1, !isComplete else {
            sinceAcknowledgment = 0
            return .acknowledgment(block: lastBlock)
        }
        if range.lowerBound != position { isInOrder = false }
        position = range.upperBound
        received += Int64(range.count)
        lastBlock = lastBlock &+ 1
        sinceAcknowledgment += 1
        isComplete = range.count < blockSize
        guard isComplete || sinceAcknowledgment == windowSize else { return nil }
        sinceAcknowledgment = 0
        return .acknowledgment(block: lastBlock)
    }
}

/// Carries packets between server and client in virtual time, and loses, doubles and delays some of them by seed.
struct BadNetwork {
    private enum Event {
        case toClient(TFTPTransfer.Action, block: Int64)
        case toServer(TFTPTransfer.Input)
        case serverTimer(Int)
    }

    private var random: SeededGenerator
    private var events: [(time: Int, order: Int, event: Event)] = []
    private var now = 0
    private var count = 0
    private var timer = 0
    private(set) var dataPackets = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func run(_ transfer: inout TFTPTransfer, _ client: inout ReceivingClient) {
        perform(transfer.start(), transfer)
        while !events.isEmpty, !transfer.isOver, count < 100_000 {
            let next = events.indices.min { (events[$0].time, events[$0].order) < (events[$1].time, events[$1].order) }
            let entry = events.remove(at: next ?? 0)
            now = entry.time
            switch entry.event {
            case .toClient(.sendOptions, _): carry(.toServer(.acknowledgment(block: 0)))
            case .toClient(_, let block):
                if let reply = client.take(block, range: transfer.range(of: block)) { carry(.toServer(reply)) }
            case .toServer(let input): perform(transfer.handle(input), transfer)
            case .serverTimer(let number):
                if number == timer { perform(transfer.handle(.timeout), transfer) }
            }
        }
    }

    private mutating func perform(_ actions: [TFTPTransfer.Action], _ transfer: TFTPTransfer) {
        for action in actions {
            switch action {
            case .sendOptions: carry(.toClient(action, block: 0))
            case .sendBlocks(let first, let number):
                dataPackets += number
                for block in first..<first + Int64(number) { carry(.toClient(action, block: block)) }
            case .arm(let milliseconds):
                timer += 1
                add(.serverTimer(timer), after: milliseconds)
            case .finish, .fail: break
            }
        }
    }

    private mutating func carry(_ event: Event) {
        let luck = Int.random(in: 0..<100, using: &random)
        if luck < 5 { return }
        add(event, after: luck < 15 ? Int.random(in: 5..<60, using: &random) : 5)
        if luck >= 95 { add(event, after: Int.random(in: 5..<40, using: &random)) }
    }

    private mutating func add(_ event: Event, after milliseconds: Int) {
        count += 1
        events.append((now + milliseconds, count, event))
    }
}
