import ArgumentParser
import DeploymentModel
import Images
import LinuxSystem
import MusterAPI
import MusterBase

struct ImageCaptureCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "capture", "Take the system of a running machine as the built tree of an image.",
        discussion: """
            Over ssh, as root or by sudo; nothing is installed on the machine. Secrets and what is the machine's own \
            stay there. btrfs and logical volumes in a group with room are read from a snapshot, all else as it is; \
            files that change meanwhile are read again. muster image pack then makes a version of the tree.
            """,
        examples: [
            "muster image capture n1 golden", "muster image capture n1 golden --user admin --identity ~/.ssh/site",
            "muster image capture old golden --address 10.1.0.7 --known-hosts ./hosts",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the node.", valueName: "node")) var node: String
    @Argument(help: ArgumentHelp("Name of the image.", valueName: "image")) var image: String
    @Option(
        help: ArgumentHelp("Address or name of the machine; for a node, what it is set to have.", valueName: "host"))
    var address: String?
    @Option(help: ArgumentHelp("Port of its ssh server.", valueName: "port")) var port = 22
    @Option(help: ArgumentHelp("Who logs in: root, or one who may sudo without a password.", valueName: "user"))
    var user = "root"
    @Option(help: ArgumentHelp("File of the private key to log in with; else ssh's own choice.", valueName: "file"))
    var identity: String?
    @Option(
        help: ArgumentHelp(
            "Known hosts to trust in the place of the site's authority, for a machine that is not the site's.",
            valueName: "file"))
    var knownHosts: String?

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var image: String
        var node: String
        /// Of the tree, in octets.
        var size: UInt64
        /// Mount points that were read from a snapshot.
        var snapshots: [String]
        /// Files that changed each time that they were read.
        var unsteady: [String]
        var machine: CapturedMachine
    }

    mutating func validate() throws {
        guard ImageReference.isValidName(image) else {
            throw ValidationError("'\(printable(image))' cannot name an image")
        }
        guard (1...65535).contains(port) else { throw ValidationError("--port takes 1 to 65535") }
        guard !user.isEmpty, !user.hasPrefix("-") else { throw ValidationError("'\(printable(user))' is no user") }
        if let address, address.hasPrefix("-") { throw ValidationError("'\(printable(address))' is no address") }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let target = CaptureTarget(
            address: try await hostAddress(in: context), port: port, user: user,
            knownHosts: knownHosts ?? "\(state.siteDirectory)/ssh_known_hosts", identity: identity)
        let work = LongWork(context)
        defer { work.finish() }
        let result = try await ImageCapturer(stateDirectory: state.path, tools: context.tools, clock: context.clock)
            .capture(target, as: image, source: node) { [node] octets, total in
                work.step("reading \(node)", total == 0 ? 0 : min(1, Double(octets) / Double(total)))
            }
        work.finish()
        try explain(result, in: context)
        let report = Report(
            image: image, node: node, size: result.size, snapshots: result.snapshots, unsteady: result.unsteady,
            machine: result.machine)
        try options.write(report, in: context) { report, _ in
            Array(
                ("captured \(report.node) as \(report.image), \(sizeText(Int64(report.size))); "
                    + "make a version of it: muster image pack \(report.image)\n").utf8)
        }
    }

    private func hostAddress(in context: CommandContext) async throws -> String {
        if let address { return address }
        let name = "net.ipv4_address"
        let found = try await options.client(in: context).attributes(.node, node, [name])
        guard found.items.count == 1, let attributes = found.items.first?.attributes else {
            throw MusterError(.invalidInput, "one node is captured at a time, and '\(printable(node))' is not one")
        }
        guard let value = attributes.first(where: { $0.name == name })?.value,
            let host = value.split(separator: "/").first
        else {
            throw MusterError(
                .notFound, "\(node) has no \(name) set", advice: "say where it is: --address HOST")
        }
        return String(host)
    }

    private func explain(_ result: ImageCapturer.Result, in context: CommandContext) throws {
        let live = result.machine.fileSystems.map(\.mountPoint).filter { !result.snapshots.contains($0) }
        if !live.isEmpty {
            try context.note("read without a snapshot, as it was at the time: \(live.joined(separator: ", "))")
        }
        if !result.unsteady.isEmpty {
            let shown = result.unsteady.prefix(5).map(printable).joined(separator: ", ")
            try context.note("\(counted(result.unsteady.count, "file")) changed while being read: \(shown)")
        }
    }
}
