import MusterBase
import Simulator
import Testing

@Suite struct MachineTests {
    private func plan(
        _ firmware: SimulatedFirmware = .bios, faults: FaultShares = .none, seed: UInt64 = 1, isWhole: Bool = false
    ) throws -> FleetPlan {
        FleetPlan(
            nodes: 200, unknown: 1, seed: seed, mix: try FirmwareMix(firmware.rawValue), faults: faults,
            loadsWholeFiles: isWhole, network: try #require(IPv4Network("10.128.0.0/9")))
    }

    private func machine(_ number: Int = 1, of plan: FleetPlan) throws -> ScriptedServer {
        try ScriptedServer(plan.behaviour(number), plan)
    }

    @Test("a machine of any firmware arrives", arguments: SimulatedFirmware.allCases)
    func arrives(_ firmware: SimulatedFirmware) throws {
        var server = try machine(of: try plan(firmware))
        server.play()
        #expect(server.outcome == .deployed, "\(server.troubles)")
        #expect(server.troubles == [])
        #expect(Set(server.steps.keys) == Set(SimulatedStep.allCases))
        let expected = [
            "GET /os/simulated/boot.ipxe", "GET /images/simulated/1/kernel", "GET /images/simulated/1/initramfs",
            "GET /site/site.cpio", "GET /node/v1/time", "POST /node/v1/enrol", "POST /node/v1/events",
            "GET /node/v1/configuration",
        ]
        let loader = ["HEAD /boot/snponly-x86_64.efi", "GET /boot/snponly-x86_64.efi"]
        #expect(
            Array(server.requests.prefix(expected.count + 2)).starts(
                with: firmware == .http ? loader + expected : expected))
        #expect(server.requests.count { $0 == "POST /node/v1/events" } == 17)
        #expect(server.requests.contains("GET /images/simulated/1.manifest.sig"))
        #expect(server.counts[.tlsSessions] == 2)
        #expect(server.counts[.tftpTransfers] == (firmware == .http ? nil : 1))
        #expect(server.keys.count == 1 && server.keys[0].utf8.count == 64)
    }

    @Test("the size of a loader is asked for from one port, and the loader loaded from another")
    func ports() throws {
        var server = try machine(of: try plan(.uefi))
        server.play()
        #expect(server.transferPorts == [1, 2])
    }

    @Test("what comes twice is taken once, and acknowledged again as EDK II does")
    func doubled() throws {
        var plain = try machine(of: try plan())
        plain.play()
        var server = try machine(of: try plan())
        server.arrivals = Array(repeating: 2, count: 1000)
        server.play()
        #expect(server.outcome == .deployed && server.troubles == [])
        #expect(server.requests == plain.requests)
        // The options of the second transfer, and each of its blocks but the last, with which the machine goes on.
        #expect(server.transferPackets == plain.transferPackets + 1 + ScriptedServer.loaderSize / 1468)
    }

    @Test("a datagram that is lost is asked for again, each at its own time", arguments: 0..<14)
    func lost(_ position: Int) throws {
        var server = try machine(of: try plan())
        server.arrivals = Array(repeating: 1, count: position) + [0]
        server.play()
        #expect(server.outcome == .deployed, "\(server.troubles)")
        // In a transfer it is the server that grows impatient first.
        let isInTransfer = (2..<10).contains(position)
        #expect((server.counts[.dhcpRepeated] ?? 0) + (server.counts[.tftpRepeated] ?? 0) == (isInTransfer ? 0 : 1))
        #expect(server.now >= .seconds(1) && server.now < .seconds(6))
    }

    @Test("firmware that nobody answers asks four times in a minute, and then begins anew")
    func silence() throws {
        var server = try machine(of: try plan())
        server.isKnown = false
        server.play(limit: .seconds(61))
        #expect(server.counts[.dhcpRepeated] == 3)
        #expect(server.troubles == ["no DHCP answer"])
        #expect(server.counts[.reboots] == 1)
    }

    @Test("an unknown machine asks twice, and is done")
    func unknown() throws {
        let plan = try plan()
        var server = try machine(201, of: plan)
        server.isKnown = false
        server.play()
        #expect(server.outcome == .heard)
        #expect(server.now == .seconds(4))
    }

    @Test("a machine that dies is switched on again, and comes with another key")
    func diesAndReturns() throws {
        let plan = try plan(faults: FaultShares(die: 1))
        let late = try #require((1...200).first { plan.behaviour($0).death?.step == .certificates })
        var server = try machine(late, of: plan)
        server.play()
        #expect(server.outcome == .deployed && server.troubles == [])
        #expect(server.counts[.reboots] == 1)
        #expect(server.keys.count == 2)
        #expect(server.now >= (try #require(plan.behaviour(late).death?.pause)))
    }

    @Test("a machine dies in each of the steps that it is planned for, once")
    func everyDeath() throws {
        let plan = try plan(faults: FaultShares(die: 1))
        var steps: Set<SimulatedStep> = []
        for number in 1...200 {
            let behaviour = plan.behaviour(number)
            guard let step = behaviour.death?.step, steps.insert(step).inserted else { continue }
            var server = try machine(number, of: plan)
            server.play()
            #expect(server.outcome == .deployed, "\(step): \(server.troubles)")
            #expect(server.counts[.reboots] == 1, "\(step)")
        }
        #expect(steps.count == 8)
    }

    @Test("a machine that vanishes is over without a word")
    func vanishes() throws {
        let plan = try plan(faults: FaultShares(vanish: 1))
        var server = try machine(7, of: plan)
        server.play()
        #expect(server.outcome == .vanished && server.machine.deadline == nil)
    }

    @Test("a slow machine waits before each request, and arrives all the same")
    func slow() throws {
        var server = try machine(of: try plan(faults: FaultShares(slow: 1)))
        server.play()
        #expect(server.outcome == .deployed && server.troubles == [])
        #expect(server.now > .seconds(2))
        // Its own pauses are not the server's time.
        for step in [SimulatedStep.script, .enrol, .configuration, .certificates] {
            #expect(try #require(server.steps[step]) < .milliseconds(10), "\(step)")
        }
    }

    @Test("a machine that is switched on late counts its time from the plan")
    func late() throws {
        let plan = try plan()
        var server = try ScriptedServer(plan.behaviour(1), plan, plannedStart: .seconds(3), at: .seconds(10))
        server.play()
        #expect(server.outcome == .deployed)
        #expect(try #require(server.steps[.machine]) > .seconds(7))
    }

    @Test("whole files are compared with the manifest, and parts with what was asked for")
    func lengths() throws {
        var whole = try machine(of: try plan(isWhole: true))
        whole.play()
        #expect(whole.outcome == .deployed && whole.troubles == [])
        for (path, isWhole, kind) in [
            ("/images/simulated/1/kernel", true, "manifest"), (ScriptedServer.chunkPath(1), true, "root-image"),
            ("/images/simulated/1/initramfs", false, "kernel"),
            (ScriptedServer.chunkPath(0), false, "root-image"),
        ] {
            var server = try machine(of: try plan(isWhole: isWhole))
            server.oddities = ["GET \(path)": HTTPAnswer(status: 200, length: 2, body: [])]
            server.play(limit: .seconds(60))
            #expect(server.troubles.first == "\(kind): answer not understood", "\(path), \(isWhole)")
        }
    }

    @Test("an answer without what was asked for is no success")
    func emptyAnswers() throws {
        for (request, kind) in [
            ("POST /node/v1/host-certificates", "certificates"), ("GET /node/v1/configuration", "configuration"),
            ("GET /images/simulated/1.manifest.sig", "manifest"),
        ] {
            var server = try machine(of: try plan())
            server.oddities = [request: HTTPAnswer(status: 200, length: 0, body: [])]
            server.play()
            #expect(server.outcome == .deployed && server.troubles == ["\(kind): answer not understood"], "\(request)")
        }
    }

    @Test(
        "each waits for a connection as long as the real one: firmware a minute, iPXE a quarter, the agent five seconds",
        arguments: [(1, 60.0, 90.0), (2, 15.75, 30.0), (3, 5.0, 9.0)])
    func noConnection(_ position: Int, _ least: Double, _ most: Double) throws {
        var server = try machine(of: try plan(.http))
        server.silentConnects = [position]
        server.play()
        #expect(server.outcome == .deployed && server.troubles.count == 1, "\(server.troubles)")
        #expect(server.now > .seconds(least) && server.now < .seconds(most), "\(server.now)")
    }

    @Test("TCP and the handshake have five seconds each")
    func slowHandshake() throws {
        var server = try machine(of: try plan())
        server.connectTime = .milliseconds(4900)
        server.play()
        #expect(server.outcome == .deployed && server.troubles == [])
    }

    @Test("a refused enrolment is asked again with the same key, after the agent's quarter of a minute")
    func refusedEnrolment() throws {
        var server = try machine(of: try plan())
        server.refusals = ["POST /node/v1/enrol": [409]]
        server.play()
        #expect(server.outcome == .deployed && server.troubles == ["enrol: HTTP 409"])
        #expect(server.keys.count == 1)
        #expect(server.now > .seconds(15) && server.now < .seconds(20))
    }

    @Test("a key that is no longer good makes the agent enrol anew")
    func lostKey() throws {
        var server = try machine(of: try plan())
        server.refusals = ["GET /node/v1/configuration": [401]]
        server.play()
        #expect(server.outcome == .deployed && server.troubles == ["configuration: HTTP 401"])
        #expect(server.keys.count == 2)
        #expect(server.requests.count { $0 == "POST /node/v1/enrol" } == 2)
    }

    @Test("a server that fails is asked again after one, two, four seconds")
    func failingServer() throws {
        var server = try machine(of: try plan())
        server.refusals = ["POST /node/v1/host-certificates": [500, 500, 500]]
        server.play()
        #expect(server.outcome == .deployed && server.troubles.count == 3)
        #expect(server.now > .seconds(7) && server.now < .seconds(9))
    }
}
