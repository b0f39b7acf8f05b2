import ArgumentParser
import DeploymentModel
import Images
import LinuxSystem
import MusterBase

extension ExportFormat: ExpressibleByArgument {}

struct ImageExportCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "export", "Make a virtual machine's disk, or a container image, of a version.",
        discussion: """
            A disk starts with BIOS and with UEFI, and needs no Muster server: addresses come by DHCP, host keys are made \
            at the first start, and the root grows with the disk. Nobody can log in with a password; see \
            docs/how-to/export.md for the ways in. Root is not needed where user namespaces work.
            """,
        examples: [
            "muster image export debian-12@7 --format qcow2 --to debian-12.qcow2",
            "muster image export debian-12 --format raw --to /srv/disk.raw --size 20G",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "image"))
    var image: String
    @Option(help: "The form of the file.") var format: ExportFormat
    @Option(help: ArgumentHelp("The file; it must not be there yet.", valueName: "file")) var to: String
    @Option(help: ArgumentHelp("Size of the disk, such as 20G; without it, what is enough.", valueName: "size"))
    var size: DiskSizeArgument?
    @Flag(help: "Replace a file that is there.") var force = false

    mutating func validate() throws {
        guard size == nil || format.isDisk else {
            throw ValidationError("--size is for disks, not for \(format.rawValue)")
        }
        guard !to.isEmpty, !to.hasSuffix("/") else { throw ValidationError("--to takes the name of a file") }
    }

    /// The document that `--output json` writes.
    struct Report: Encodable {
        /// `NAME@VERSION`.
        var image: String
        var format: String
        var file: String
        /// Octets of the file.
        var fileSize: Int64
        /// Octets of the disk as a machine sees it; absent for a container image.
        var diskSize: UInt64?
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let reference = try state.signedImage(image, in: context)
        let path = to.hasPrefix("/") ? to : "\(context.currentDirectory)/\(to)"
        let work = LongWork(context)
        defer { work.finish() }
        let result = try await ImageExporter(stateDirectory: state.path, tools: context.tools).export(
            reference, as: format, to: path, size: size?.octets, isForced: force
        ) { work.step($0, $1) }
        work.finish()
        try Ownership.settle(state)
        let report = Report(
            image: "\(reference)", format: format.rawValue, file: path, fileSize: result.fileSize,
            diskSize: result.diskSize)
        try options.write(report, in: context) { report, _ in
            let disk = report.diskSize.map { ", a disk of \(sizeText(Int64(clamping: $0)))" } ?? ""
            return Array("\(report.image) is in \(report.file)\(disk)\n".utf8)
        }
    }
}

/// A size such as `20G`, `512M` or `1T`: powers of 1024.
struct DiskSizeArgument: ExpressibleByArgument, Sendable, Hashable {
    let octets: UInt64

    init?(argument: String) {
        let units: [Character: UInt64] = ["M": 20, "G": 30, "T": 40]
        guard let last = argument.last, let shift = units[Character(last.uppercased())],
            let number = UInt64(argument.dropLast()), number > 0, number <= UInt64(Int64.max) >> shift
        else { return nil }
        octets = number << shift
    }
}
