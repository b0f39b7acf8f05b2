import ArgumentParser
import Lab
import LinuxSystem
import MusterAPI
import MusterBase

extension LabFirmware: ExpressibleByArgument {}

struct LabUpCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "up", "Make a lab: a network, musterd in it, and machines that boot from it.",
        discussion: """
            The machines are nodes n1, n2, … of the lab's own inventory. Without KVM they are emulated, which takes \
            longer.
            """,
        examples: ["muster lab up --nodes 2 --firmware uefi", "muster lab up --nodes 1 --memory 4G --undefined"])

    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("How many machines.", valueName: "count")) var nodes = 2
    @Option(help: "What the machines start with.") var firmware = LabFirmware.bios
    @Option(help: ArgumentHelp("Memory of each machine, such as 2G or 1536M.", valueName: "size"))
    var memory = MemorySize(mebibytes: 2048)
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A disk of that size for each machine, such as 8G; can be given several times.", valueName: "size"))
    var disk: [MemorySize] = []
    @Flag(help: "Give each machine a TPM 2.0, by the program swtpm.") var tpm = false
    @Flag(help: "Do not define the machines as nodes: muster discover list shows them.") var undefined = false

    mutating func validate() throws {
        guard (1...200).contains(nodes) else { throw ValidationError("--nodes takes 1 to 200") }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.labDirectory(in: context)
        let host = HostMemory.read()
        try host?.check(machines: nodes, mebibytes: memory.mebibytes)
        if let warning = host?.warning(machines: nodes, mebibytes: memory.mebibytes) { try context.note(warning) }
        let preparation = LabPreparation(state: state, context: context)
        try await preparation.makeSite()
        let machines = (1...nodes).map {
            LabMachine(
                lab: LabPreparation.name, index: $0, firmware: firmware, memory: memory.mebibytes,
                disks: disk.map(\.mebibytes), hasTPM: tpm)
        }
        let lab = try await preparation.start(machines)
        let status = try await complete(lab, preparation, machines)
        try options.write(status, in: context) { status, style in
            labTable(status).render(style)
                + Array("\nwork with it: export MUSTER_STATE_DIR=\(state)\nend it: muster lab down\n".utf8)
        }
    }
}

extension LabUpCommand {
    /// Defines and starts the machines. A lab that cannot be completed is taken down: half of one is of no use, and in
    /// the way of the next try.
    private func complete(
        _ lab: Lab, _ preparation: LabPreparation, _ machines: [LabMachine]
    ) async throws -> LabStatus {
        do {
            if !undefined { try await preparation.define(machines) }
            for machine in machines { try await lab.start(machine.name) }
            if let status = try await lab.status() { return status }
            throw MusterError(.systemFailure, "the lab in \(preparation.state) ended as soon as it was made")
        } catch {
            _ = try? await lab.down()
            throw error
        }
    }
}

/// A size of memory on the command line: `2G`, `1536M`.
struct MemorySize: ExpressibleByArgument, CustomStringConvertible {
    let mebibytes: Int

    init(mebibytes: Int) { self.mebibytes = mebibytes }

    init?(argument: String) {
        let units: [Character: Int] = ["M": 1, "m": 1, "G": 1024, "g": 1024]
        guard let unit = argument.last.flatMap({ units[$0] }), let number = Int(argument.dropLast()), number > 0,
            number <= 1_000_000
        else { return nil }
        mebibytes = number * unit
    }

    var description: String { mebibytes % 1024 == 0 ? "\(mebibytes / 1024)G" : "\(mebibytes)M" }
    var defaultValueDescription: String { description }
}
