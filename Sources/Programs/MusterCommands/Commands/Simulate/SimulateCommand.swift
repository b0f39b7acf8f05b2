import ArgumentParser
import Glibc
import LinuxSystem
import MusterAPI
import MusterBase
import Simulator

struct SimulateCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "simulate", "Play whole machines against a real musterd, to see how many it serves.",
        discussion: """
            Each machine does what real ones do, over real sockets: DHCP, TFTP or HTTP as firmware, iPXE and the agent \
            speak it, TLS, enrolment, certificates, reports, deployed. Nothing of it leaves this computer: musterd runs \
            with a state of its own in a network of its own, and both are gone afterwards (--state-dir names a place \
            for the state, which then stays). With --members the load goes \
            to running members instead, whose operators must have asked for it; the machines' network must be routed \
            to this computer.
            """,
        examples: [
            "muster simulate --nodes 1000 --storm",
            "muster simulate --nodes 10000 --rate 100 --faults usual --html run.html",
        ])

    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("How many machines.", valueName: "count")) var nodes = 100
    @Option(help: ArgumentHelp("Switch so many on each second.", valueName: "number")) var rate: Double?
    @Flag(help: "Switch machines on as fast as --in-flight allows (this is so unless --rate is given).")
    var storm = false
    @Option(
        help: ArgumentHelp(
            "How many machines may be on their way at the same time (512; 8192 with --rate).", valueName: "count"))
    var inFlight: Int?
    @Option(
        help: ArgumentHelp("Where all that is random comes from; the same number, the same plan.", valueName: "number"))
    var seed: UInt64 = 1
    @Option(
        help: ArgumentHelp(
            "What goes wrong: none, usual, or shares of your own. Usual is \(FaultShares.usualText).",
            valueName: "shares"))
    var faults = "none"
    @Option(help: ArgumentHelp("What the machines start with.", valueName: "shares"))
    var mix = "bios=40%,uefi=40%,http=20%"
    @Option(help: ArgumentHelp("Machines beside them that nobody defined, as a share.", valueName: "share"))
    var unknown = "1%"
    @Option(
        help: ArgumentHelp(
            "Of kernel, initramfs, addons and root image, load all, or none: one octet of each.", valueName: "all|none")
    )
    var bytes = ByteChoice.none
    @Option(
        help: ArgumentHelp(
            "Play against these running members: addresses, separated by commas.", valueName: "addresses"))
    var members: String?
    @Option(help: ArgumentHelp("The musterd to play against (the one beside this program).", valueName: "path"))
    var musterd: String?
    @Option(
        help: ArgumentHelp(
            "The machines' network (10.128.0.0/9; to be named with --members).", valueName: "network"))
    var network: String?
    @Option(help: ArgumentHelp("Event loops of the simulator (half of the processors).", valueName: "count"))
    var threads: Int?
    @Option(help: ArgumentHelp("A machine that is not deployed after so long has failed (5m).", valueName: "duration"))
    var patience: DurationArgument?
    @Option(help: ArgumentHelp("Write a page with plots.", valueName: "file")) var html: String?
    @Flag(help: "Print what defines the nodes, and play nothing.") var definition = false
    @Option(help: .hidden) var isolated: String?

    enum ByteChoice: String, ExpressibleByArgument { case all, none }

    mutating func validate() throws {
        guard (1...1_000_000).contains(nodes) else { throw ValidationError("--nodes takes 1 to 1000000") }
        guard rate == nil || !storm else { throw ValidationError("--rate and --storm exclude each other") }
        guard rate.map({ (0.001...100_000).contains($0) }) ?? true else {
            throw ValidationError("--rate takes 0.001 to 100000")
        }
        guard members == nil || network != nil else {
            throw ValidationError("--members needs --network: this computer takes its addresses as its own meanwhile")
        }
        guard inFlight.map({ (1...100_000).contains($0) }) ?? true else {
            throw ValidationError("--in-flight takes 1 to 100000")
        }
        guard threads.map({ (1...Fleet.mostThreads).contains($0) }) ?? true else {
            throw ValidationError("--threads takes 1 to \(Fleet.mostThreads)")
        }
    }

    func run(in context: CommandContext) async throws {
        let plan = try plan()
        if definition {
            let words = [plan.range] + plan.assignments
            return try context.output.writeLine("muster node define " + words.map { "'\($0)'" }.joined(separator: " "))
        }
        // Not only when all has been played.
        if let html { try checkPlace(of: html) }
        let report: SimulationReport
        if let members {
            report = try await SimulationRun(plan: plan, threads: threads, context: context).play(
                against: try addresses(members))
        } else {
            let directory = try SimulationDirectory(given: options.stateDirectory, context: context)
            guard let isolated else { try directory.isolate() }
            report = try await directory.withRun(in: isolated) { state in
                let site = SimulationSite(state: state, plan: plan, musterd: musterd, context: context)
                return try await site.play(threads: threads)
            }
        }
        try options.write(report, in: context) { report, style in simulationTable(report, style) }
        if let html {
            var words = CommandLine.arguments
            words[0] = "muster"
            // What the command added itself when it was isolated comes last.
            if isolated != nil { words.removeLast(2) }
            let page = ReportPage(report, command: words.joined(separator: " "), at: context.clock.now())
            try AtomicFile.write(page.text, to: html)
        }
        guard report.isComplete else { throw CommandFailure.failed }
    }

    private func plan() throws -> FleetPlan {
        let text = network ?? "10.128.0.0/9"
        guard let network = IPv4Network(text) else {
            throw MusterError(.invalidInput, "'\(text)' is no network", advice: "such as 10.128.0.0/9")
        }
        let share = try FleetPlan.share(unknown)
        let arrival = rate.map { FleetPlan.Arrival.rate($0) } ?? .storm
        let plan = FleetPlan(
            nodes: nodes, unknown: Int((Double(nodes) * share).rounded()), seed: seed, arrival: arrival,
            inFlight: inFlight ?? (rate == nil ? 512 : 8192), mix: try FirmwareMix(mix),
            faults: try FaultShares(faults),
            loadsWholeFiles: bytes == .all, network: network, patience: patience?.duration ?? .seconds(300))
        try plan.validate()
        guard members != nil || definition || !SimulationGround.servers.contains(where: network.contains) else {
            throw MusterError(
                .invalidInput, "musterd has \(SimulationGround.server) in the simulation, which is in \(text)",
                advice: "another network: --network 10.128.0.0/9")
        }
        return plan
    }

    private func checkPlace(of file: String) throws {
        let directory = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let place = !directory.isEmpty ? directory : file.hasPrefix("/") ? "/" : "."
        guard !file.isEmpty, !file.hasSuffix("/"), !Files.isDirectory(file), access(place, W_OK) == 0 else {
            throw MusterError(
                .systemFailure, "the page cannot be written to '\(file)'",
                advice: "--html takes a file in a directory that is there and may be written to")
        }
    }

    private func addresses(_ text: String) throws -> [IPv4Address] {
        try text.split(separator: ",").map { item in
            guard let address = IPv4Address(item) else {
                throw MusterError(.invalidInput, "'\(item)' is no IPv4 address", advice: "--members 10.0.0.1,10.0.0.2")
            }
            return address
        }
    }
}
