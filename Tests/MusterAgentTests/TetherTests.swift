import DeploymentModel
import Foundation
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("What a machine with a tethered root tells, and is told")
struct TetherTests {
    private let directory: TemporaryDirectory
    private let member = ScriptedMember("a", .init())
    private let console = RecordedConsole()
    private let reporter: EventReporter
    private let watch: TetherWatch

    init() throws {
        directory = try TemporaryDirectory()
        reporter = EventReporter(console: console)
        watch = TetherWatch(
            pool: MemberPool([member]), key: Secret([UInt8](repeating: 1, count: 32)), reporter: reporter,
            image: try #require(ImageReference("debian-12@7")), directory: directory.path(""),
            ticker: Ticker(now: { .zero }, sleep: { _ in }))
    }

    private func status(_ refusals: [String] = [], order: [Int] = [], isComplete: Bool = false) throws
        -> RootServerStatus
    {
        let text = """
            {"chunks":9,"fetched":3,"kept":\(isComplete ? 9 : 0),"is_complete":\(isComplete),"asked_order":\(order),\
            "refusals":\(refusals),"longest_wait":5}
            """
        try Files.write(text, to: directory.path("tethered.json"), mode: 0o600)
        return try #require(RootServerStatus.read(in: directory.path("")))
    }

    @Test("what was refused is told once, also by an agent that is started again")
    func refusals() async throws {
        try await watch.tell(status(["x"]))
        try await watch.tell(status(["x", "y"]))
        try await watch.tell(status(["x", "y"]))
        #expect(console.all == ["root-image: x; trying again", "root-image: y; trying again"])
    }

    @Test("that the root is here as a whole is told once")
    func complete() async throws {
        try await watch.tell(status())
        #expect(console.all.isEmpty)
        try await watch.tell(status(isComplete: true))
        try await watch.tell(status(isComplete: true))
        #expect(console.all.count == 1 && console.all.first?.contains("no server is needed") == true)
    }

    @Test("the order is told once a boot, and by a machine that has a tethered root only")
    func order() async throws {
        await watch.tellOrder()
        #expect(member.requests.isEmpty)
        _ = try status(order: [3, 1])
        await watch.tellOrder()
        await watch.tellOrder()
        #expect(member.requests == ["tell debian-12@7 [3, 1]"])
    }

    @Test("an order of other chunks, or with what can be no order, is not believed")
    func recorded() throws {
        let own = try #require(ContentDigest(octets: [UInt8](repeating: 1, count: 32)))
        let other = try #require(ContentDigest(octets: [UInt8](repeating: 2, count: 32)))
        func read(_ text: String) -> [Int]? { RecordedOrder.read(Array(text.utf8), manifest: own, chunks: 4) }
        #expect(read(#"{"manifest":"\#(own)","order":[3,0]}"#) == [3, 0])
        let refused = [
            #"{"manifest":"\#(other)","order":[3,0]}"#, #"{"manifest":"\#(own)","order":[4]}"#,
            #"{"manifest":"\#(own)","order":[-1]}"#, #"{"manifest":"\#(own)","order":[1,1]}"#,
            #"{"manifest":"\#(own)","order":[]}"#, #"{"manifest":"\#(own)","order":[0,1,2,3,0]}"#,
            #"{"manifest":"\#(own)","order":[99999999999999999999]}"#, "[]", "",
        ]
        for text in refused { #expect(read(text) == nil, "\(text)") }
        let spaces = String(repeating: " ", count: BootOrder.longestFile)
        #expect(read(spaces + #"{"manifest":"\#(own)","order":[3,0]}"#) == nil)
    }

    @Test("of a member that gives rubbish only the first lines are kept, each chunk of it once")
    func refusalLog() {
        let log = RefusalLog(names: ["10.0.0.1:443"], console: console)
        let error = MusterError(.verificationFailed, "rubbish")
        for _ in 0..<3 { log.note(chunk: 5, member: 0, error) }
        #expect(log.lines == ["10.0.0.1:443 gave a wrong chunk 5 of the root file system, which is refused: rubbish"])
        for chunk in 0..<100 { log.note(chunk: chunk, member: 7, error) }
        #expect(log.lines.count == RefusalLog.limit && console.all.count == RefusalLog.limit)
    }
}
