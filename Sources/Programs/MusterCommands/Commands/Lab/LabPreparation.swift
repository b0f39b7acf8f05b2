import Lab
import LinuxSystem
import MusterAPI
import MusterBase

/// What a lab needs beside its machines: a site of its own, musterd, and nodes in the inventory.
struct LabPreparation {
    /// The lab's name, part of its machines' identities.
    static let name = "lab"
    /// The address of musterd in the lab; the machines have 10.88.0.11 and upward.
    static let address = "10.88.0.1"

    let state: StateDirectory
    let context: CommandContext

    private static let settings = """
        # Settings of musterd in a lab: it serves the lab's own network, which nobody else is in.
        networks:
          - interface: \(LabNetwork.mainBridge)
            mode: own

        """

    /// Makes the site in the state directory, or mends it.
    func makeSite() async throws {
        if state.isStandard {
            throw MusterError(
                .invalidInput, "\(state) is for the system's service, not for a lab",
                advice: "give the lab a directory of its own with --state-dir")
        }
        try settleSettings()
        var setup = SiteSetup(state, tools: context.tools, clock: context.clock)
        _ = try await setup.run(siteName: nil, settings: Self.settings) {
            try Companions.find(agent: nil, earlyInit: nil, programDirectory: context.programDirectory)
        }
        if let problem = setup.problems.first { throw problem }
    }

    /// Settings that leave the lab's network out would leave its machines without an answer. Those that `muster init`
    /// wrote and nobody has changed are replaced, others are refused.
    private func settleSettings() throws {
        guard Files.exists(state.settingsFile) else { return }
        let text = try Files.readText(state.settingsFile)
        if text == SettingsTemplate.text { return try AtomicFile.write(Self.settings, to: state.settingsFile) }
        let said = text.split(separator: "\n").map { $0.prefix { $0 != "#" } }
        guard !said.contains(where: { $0.contains(LabNetwork.mainBridge) }) else { return }
        throw MusterError(
            .conflict, "\(state.settingsFile) does not name the lab's network: nobody would answer the machines",
            advice: "add '- interface: \(LabNetwork.mainBridge)' with 'mode: own' under 'networks', or remove the file")
    }

    /// Starts network and service; the machines stay switched off.
    ///
    /// - Parameter endsWithCaller: True for a lab that must not outlive this process, however it ends.
    func start(_ machines: [LabMachine], endsWithCaller: Bool = false) async throws -> Lab {
        let configuration = LabConfiguration(
            name: Self.name, stateDirectory: state.path,
            services: [.musterd(executable: try service(), stateDirectory: state.path)], machines: machines,
            runningLimit: machines.count, endsWithCaller: endsWithCaller)
        let errors = context.errors
        return try await Lab.up(
            configuration, muster: "\(context.programDirectory)/muster", tools: context.tools, startingMachines: false,
            report: { try? errors.writeLine($0) })
    }

    private func service() throws -> String {
        let places = ["\(context.programDirectory)/musterd", "/usr/sbin/musterd", "/usr/bin/musterd"]
        if let place = places.first(where: Files.exists) { return place }
        throw MusterError(.notFound, "musterd is not at \(places.joined(separator: " nor at "))")
    }

    /// Makes the machines nodes of the lab's inventory; nodes that are there already stay as they are.
    func define(_ machines: [LabMachine]) async throws {
        let client = try context.connect(ServerLocation(state))
        let known = Set(try await client.nodes(nil).nodes.map(\.name))
        for machine in machines where !known.contains(machine.name) {
            _ = try await client.define(
                .node, machine.name,
                [
                    "net.hwaddr=\(machine.mac)", "id.uuid=\(machine.uuid)", "id.serial=\(machine.serial)",
                    "net.ipv4_address=10.88.0.\(10 + machine.index)/24",
                ])
        }
    }
}
