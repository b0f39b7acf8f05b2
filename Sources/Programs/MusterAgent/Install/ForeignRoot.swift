import LinuxSystem
import MusterBase

/// A root file system whose programs are run without starting it: the image while it installs itself, and the system on
/// the disk before its first start. The kernel's file systems and this machine's /run are in it.
package struct ForeignRoot: ToolRunner {
    /// Where it is mounted.
    let path: String
    /// What it is called in messages: `the image debian-12@7`.
    let name: String
    private let tools: any ToolRunner

    private static let kernelDirectories = ["/dev", "/proc", "/sys", "/run"]
    private static let environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb",
    ]

    package init(at path: String, name: String, tools: any ToolRunner = SystemToolRunner()) {
        self.path = path
        self.name = name
        self.tools = tools
    }

    var tree: RootTree { RootTree(at: path) }

    /// Shows it the kernel's file systems and /run.
    func attach() throws {
        for directory in ForeignRoot.kernelDirectories {
            try Files.createDirectory(path + directory)
            guard !Mounts.isMountPoint(path + directory) else { continue }
            let flags: MountFlags = directory == "/run" ? [.bind] : [.bind, .recursive]
            try Mounts.mount("", from: directory, at: path + directory, flags: flags)
        }
    }

    /// Undoes ``attach()``, as far as it was done.
    func detach() {
        for directory in ForeignRoot.kernelDirectories.reversed() where Mounts.isMountPoint(path + directory) {
            try? Mounts.detach(path + directory)
        }
    }

    /// True when there is such a file, or a link that may lead to one within this root.
    func has(_ file: String) -> Bool { Files.linkTarget(path + file) != nil || tree.exists(file) }

    func has(_ tool: Tool) -> Bool { program(of: tool) != nil }

    private func program(of tool: Tool) -> String? { tool.candidates.first { has($0) } }

    /// Something that an installation needs of the image, and the Debian packages that have it.
    package struct Need: Sendable, Hashable {
        package let what: String
        package let packages: [String]
    }

    /// What of these programs is not there.
    func missing(_ wanted: [Tool]) -> [Need] {
        wanted.filter { !has($0) }.map { Need(what: $0.name, packages: [$0.package].compactMap(\.self)) }
    }

    /// Throws `unsupported` with all of it unless there is nothing.
    func refuse(_ needs: [Need]) throws {
        guard !needs.isEmpty else { return }
        var (names, packages): ([String], [String]) = ([], [])
        for need in needs where !names.contains(need.what) { names.append(need.what) }
        for package in needs.flatMap(\.packages) where !packages.contains(package) { packages.append(package) }
        throw MusterError(
            .unsupported, "\(name) cannot be installed to a disk: it lacks \(names.joined(separator: ", "))",
            advice: "add to the packages of the image's recipe, build and pack it anew: "
                + packages.joined(separator: ", "))
    }

    package func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult {
        guard let program = program(of: tool) else {
            try refuse(missing([tool]))
            throw MusterError(.internalFailure, "\(tool.name) is in \(name) and is not")
        }
        var options = options
        options.environment.merge(ForeignRoot.environment) { given, _ in given }
        let directory = options.workingDirectory ?? "/"
        options.workingDirectory = nil
        let agent = Tool(tool.name, candidates: ["/proc/self/exe"], package: nil)
        return try await tools.run(agent, [RootEntry.subcommand, path, directory, program] + arguments, options)
    }
}
