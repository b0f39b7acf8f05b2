import MusterBase
import Simulator
import Testing

@Suite struct PlanTests {
    private func plan(
        nodes: Int = 1000, seed: UInt64 = 1, mix: FirmwareMix = .usual, faults: FaultShares = .usual
    ) throws -> FleetPlan {
        FleetPlan(
            nodes: nodes, unknown: nodes / 100, seed: seed, mix: mix, faults: faults,
            network: try #require(IPv4Network("10.128.0.0/9")))
    }

    private func behaviours(_ plan: FleetPlan) -> [MachineBehaviour] { (1...plan.machines).map(plan.behaviour) }

    @Test("a run takes away the nodes of earlier ones, however many they had, and no others")
    func ownNodes() throws {
        let plan = FleetPlan(nodes: 3, network: try #require(IPv4Network("10.0.0.0/16")))
        let names = ["sim1", "sim5000", "sim", "simple", "sim1a", "n1", "sim-2", "sim007"]
        #expect(names.filter(plan.isNode) == ["sim1", "sim5000", "sim007"])
    }

    @Test("the same seed gives the same plan, and another seed another")
    func samePlan() throws {
        let (first, second, other) = (try plan(seed: 7), try plan(seed: 7), try plan(seed: 8))
        #expect(first.order == second.order)
        #expect(behaviours(first) == behaviours(second))
        #expect(first.order != other.order)
        #expect(behaviours(first) != behaviours(other))
    }

    @Test("a machine does the same in a larger fleet")
    func largerFleet() throws {
        let (small, large) = (try plan(nodes: 100), try plan(nodes: 1000))
        #expect((1...100).map(small.behaviour) == (1...100).map(large.behaviour))
    }

    @Test("one fault more leaves the firmware of all machines as it was, and who dies dies in the same place")
    func independentFaults() throws {
        let few = behaviours(try plan(faults: FaultShares(die: 0.05)))
        let many = behaviours(try plan(faults: FaultShares(loss: 0.5, slow: 0.2, die: 0.2)))
        #expect(few.map(\.firmware) == many.map(\.firmware))
        let dying = few.filter { $0.death != nil }
        #expect(!dying.isEmpty)
        for machine in dying { #expect(many[machine.number - 1].death == machine.death) }
    }

    @Test("shares come out as asked for")
    func shares() throws {
        let mix = try FirmwareMix("bios=70%,uefi=20%,http=10%")
        let plan = try plan(
            nodes: 20_000, mix: mix, faults: FaultShares(slow: 0.1, die: 0.05, vanish: 0.02))
        let all = behaviours(plan)
        func share(_ isMeant: (MachineBehaviour) -> Bool) -> Double { Double(all.count(where: isMeant)) / 20_000 }
        #expect(abs(share { $0.firmware == .bios } - 0.707) < 0.02)
        #expect(abs(share { $0.firmware == .http } - 0.101) < 0.01)
        #expect(abs(share(\.isSlow) - 0.1) < 0.01)
        #expect(abs(share { $0.death?.pause != nil } - 0.05) < 0.01)
        #expect(abs(share { $0.destiny == .vanishes } - 0.02) < 0.005)
        #expect(all.count { $0.destiny == .isUnknown } == 200)
        #expect(all.suffix(200).allSatisfy { $0.destiny == .isUnknown && $0.death == nil })
        #expect(plan.expected == all.count { $0.destiny == .arrives })
    }

    @Test("without faults every machine of the inventory arrives")
    func noFaults() throws {
        let plan = try plan(faults: .none)
        #expect(plan.expected == 1000)
        #expect(!behaviours(plan).contains { $0.isSlow || $0.death != nil })
    }

    @Test("each machine is switched on once, and not in the order of their numbers")
    func order() throws {
        let plan = try plan()
        #expect(plan.order.sorted() == Array(1...1010))
        #expect(plan.order != plan.order.sorted())
    }

    @Test("a machine is found by its hardware address and by its address, and nobody else is")
    func identities() throws {
        let plan = try plan()
        for number in [1, 255, 256, 1000, 1010] {
            #expect(plan.number(of: plan.mac(number)) == number)
            #expect(plan.number(at: plan.address(number)) == number)
        }
        #expect(plan.address(1).description == "10.128.1.0")
        #expect(plan.mac(258).description == "02:4d:53:00:01:02")
        #expect(plan.uuid(10).description == "4d757374-6572-4053-8000-00000000000a")
        #expect(plan.number(of: plan.mac(1011)) == nil)
        #expect(plan.number(at: plan.address(1011)) == nil)
        #expect(plan.number(at: try #require(IPv4Address("10.128.0.1"))) == nil)
        #expect(plan.number(of: try #require(MACAddress("52:54:00:00:00:01"))) == nil)
    }

    @Test("a fleet that does not fit into its network is refused")
    func room() throws {
        var plan = try plan(nodes: 250)
        plan.network = try #require(IPv4Network("10.1.0.0/23"))
        try plan.validate()
        plan.network = try #require(IPv4Network("10.1.0.0/24"))
        #expect(throws: MusterError.self) { try plan.validate() }
    }

    @Test(
        "a network that no machine can be in is refused",
        arguments: ["127.0.0.0/8", "224.0.0.0/8", "0.0.0.0/1", "96.0.0.0/3"])
    func impossibleNetwork(_ text: String) throws {
        var plan = try plan(nodes: 5)
        plan.network = try #require(IPv4Network(text))
        #expect(throws: MusterError.self) { try plan.validate() }
    }

    @Test("what the help calls usual is usual")
    func usualFaults() throws { #expect(try FaultShares(FaultShares.usualText) == .usual) }

    @Test(
        "faults are read from shares",
        arguments: [
            ("none", FaultShares.none), ("usual", .usual), ("loss=1%,die=0.02", FaultShares(loss: 0.01, die: 0.02)),
            ("vanish=100%", FaultShares(vanish: 1)),
        ])
    func faults(_ text: String, _ expected: FaultShares) throws { #expect(try FaultShares(text) == expected) }

    @Test(
        "what is no share is refused",
        arguments: [
            "", "loss", "loss=", "loss=x", "loss=101%", "loss=-1%", "loss=nan", "fire=1%", "loss=1%,loss=1%",
            "slow=60%,die=60%",
        ])
    func noFaults(_ text: String) { #expect(throws: MusterError.self) { try FaultShares(text) } }

    @Test("a mix must come to all machines", arguments: ["bios=50%", "bios=60%,uefi=60%", "coreboot", "bios=1,bios=0"])
    func noMix(_ text: String) { #expect(throws: MusterError.self) { try FirmwareMix(text) } }
}
