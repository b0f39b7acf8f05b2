import Foundation

/// Four-way exchanges a second over a pair of virtual Ethernet cards.
struct DHCPBenchmark: Benchmark {
    static let name = "dhcp"
    static let summary = "perfdhcp plays a relay over a veth pair; highest rate with under 1 % of exchanges lost"
    static let promises =
        [1000, 60_000, 100_000].flatMap { nodes in
            ["DHCP exchanges, \(nodes) known nodes", "DHCP exchanges, \(nodes) known nodes, server's processor time"]
        } + ["DHCP offers, 100000 known nodes"]

    func run(_ bench: Bench) async throws {
        let load = try NetworkNamespace("load", bench)
        for (turn, nodes) in [1000, 60_000].enumerated() {
            for row in try compare(nodes, 1 + 3 * turn, load, bench) { bench.add(row) }
        }
        // A hundred thousand against a thousand, in turns again.
        try grow(load, bench)
    }

    /// - Parameter first: the number of the first of three cables. Each has its own, as the kernel takes away those of a
    ///   namespace some time after it.
    private func compare(_ nodes: Int, _ first: Int, _ load: NetworkNamespace, _ bench: Bench) throws -> [Row] {
        let muster = try Party("muster", load, first, bench)
        let kea = try Party("kea", load, first + 1, bench)
        let dnsmasq = try Party("dnsmasq", load, first + 2, bench)
        let site = try MusterSite("dhcp-\(nodes)", networks: [muster.interface], bench)
        let musterd = try site.start(in: muster.space)
        try site.define(nodes)
        try musterd.waitForPort(67, .udp)
        let others = [
            try KeaServer.start(nodes, interface: kea.interface, in: kea.space, bench),
            try DnsmasqServer.startDHCP(nodes, interface: dnsmasq.interface, in: dnsmasq.space, bench),
        ]
        defer { for process in others { process.stop() } }
        return try measure(
            "DHCP exchanges, \(nodes) known nodes",
            [(muster, nodes, musterd.clock), (kea, nodes, others[0].clock), (dnsmasq, nodes, others[1].clock)], load,
            bench, goal: .ratio(atLeast: 1.2))
    }

    private func grow(_ load: NetworkNamespace, _ bench: Bench) throws {
        var sites: [MusterSite] = []
        var parties: [(Party, Int, ProcessorClock)] = []
        for (number, (name, nodes)) in [("muster", 100_000), ("muster-1000", 1000)].enumerated() {
            let party = try Party(name, load, 7 + number, bench)
            let site = try MusterSite("dhcp-growth-\(nodes)", networks: [party.interface], bench)
            let musterd = try site.start(in: party.space)
            try site.define(nodes)
            try musterd.waitForPort(67, .udp)
            sites.append(site)
            parties.append((party, nodes, musterd.clock))
        }
        defer { for site in sites { site.stop() } }
        // What is worked out for a node is worked out once, when it is first heard of: `growth` has the cost of that.
        for (party, nodes, _) in parties { _ = try offers(party, nodes: nodes, load, bench, rounds: 1) }
        let rows = try measure(
            "DHCP exchanges, 100000 known nodes", parties, load, bench, goal: .ratio(atLeast: 0.9))
        for row in rows { bench.add(row) }
        bench.add(try offers(parties[0].0, nodes: 100_000, load, bench, rounds: bench.rounds))
    }

    /// How fast it answers when 64 clients wait at any time, none of them in vain.
    private func offers(
        _ party: Party, nodes: Int, _ load: NetworkNamespace, _ bench: Bench, rounds: Int
    ) throws -> Row {
        let values = try (0..<rounds).map { _ in
            let text = try bench.run(
                load.command(
                    [try ownProgram(), "dhcp-load", party.loadAddress, party.address, String(nodes), "64", "3"],
                    processor: Bench.loadProcessor), seconds: 30)
            let outcome = try JSONDecoder().decode(DHCPLoad.Outcome.self, from: Data(text.utf8))
            guard outcome.lost == 0, outcome.strange == 0 else {
                throw BenchError("\(outcome.lost) requests were lost, \(outcome.strange) answers were no offers")
            }
            return outcome.offers
        }
        return Row(
            "DHCP offers, \(nodes) known nodes", unit: "a second", better: .higher, values, goal: .atLeast(10_000),
            notes: ["64 in flight, none of them lost"])
    }

    private func measure(
        _ what: String, _ parties: [(party: Party, nodes: Int, clock: ProcessorClock)], _ load: NetworkNamespace,
        _ bench: Bench, goal: Row.Goal
    ) throws -> [Row] {
        var peaks: [String: [PerfDHCP.Peak]] = [:]
        let measured = try alternating(
            bench.rounds,
            parties.map { party, nodes, clock in
                (
                    party.name,
                    {
                        let perfdhcp = PerfDHCP(
                            bench: bench, space: load, local: party.loadAddress, server: party.address, clients: nodes,
                            clock: clock)
                        let peak = try perfdhcp.highestRate(near: peaks[party.name]?.last?.rate)
                        peaks[party.name, default: []].append(peak)
                        bench.say(
                            "\(party.name), \(nodes) nodes: \(Int(peak.rate)) exchanges/s, its processor "
                                + "\(Int(peak.busiest * 100)) % busy at most")
                        return peak.rate
                    }
                )
            })
        return rows(what, measured, peaks, goal)
    }

    /// Where perfdhcp's processor is the limit, rates say little: what each server needs for an exchange is judged then.
    private func rows(
        _ what: String, _ measured: [String: Row.Measured], _ peaks: [String: [PerfDHCP.Peak]], _ goal: Row.Goal
    ) -> [Row] {
        let busiest = peaks.mapValues { median($0.map(\.busiest)) }
        let isLoadLimit = busiest.values.contains { $0 < Bench.busyEnough }
        let shares = busiest.sorted { $0.key < $1.key }.map { "\($0.key) \(Int(($0.value * 100).rounded())) %" }
        var notes = ["server's processor in use at most: \(shares.joined(separator: ", "))"]
        if isLoadLimit {
            notes.append("perfdhcp was the limit, not each server, so processor time is judged and not the rate")
        }
        var cost: [String: Row.Measured] = [:]
        for (name, peaks) in peaks {
            let costs = peaks.map { $0.busy / $0.rate * 1e6 }
            cost[name] = Row.Measured(program: name, median: median(costs), rounds: costs)
        }
        return [
            Row(
                what, unit: "exchanges/s", better: .higher, measured, goal: isLoadLimit ? .none : goal, notes: notes),
            Row(
                "\(what), server's processor time", unit: "µs", better: .lower, cost,
                goal: isLoadLimit ? goal : .none),
        ]
    }

    /// A server's own namespace and its cable to the load.
    private struct Party {
        let name: String
        let space: NetworkNamespace
        let interface: String
        let (address, loadAddress): (String, String)

        init(_ name: String, _ load: NetworkNamespace, _ number: Int, _ bench: Bench) throws {
            self.name = name
            space = try NetworkNamespace("\(name)\(number)", bench)
            interface = "srv\(number)"
            address = "10.\(200 + number).0.1"
            loadAddress = "10.\(200 + number).0.2"
            try NetworkNamespace.connect(
                (space, interface, "02:00:00:00:00:1\(number)", "\(address)/8"),
                (load, "load\(number)", "02:00:00:00:00:2\(number)", "\(loadAddress)/24"))
        }
    }
}
