import CLinux
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The agent's command line.
public enum AgentProgram {
    static let usage = """
        usage: muster-agent init         the first program of a machine that boots (process 1 only)
               muster-agent run          in the deployed system: stages, then heartbeats
               muster-agent installer    beside a distributor's installer (started by a hook of it)
               muster-agent installer-hook prepare|disk|finish
               muster-agent serve-root   serves a tethered root file system (started by init)
               muster-agent enter-root   runs a program in another root (started by init)
               muster-agent --version

        """

    /// For a program that stays: sees to it that it takes little memory. To be called before there are threads.
    public static func prepare(_ arguments: [String]) {
        if ["run", RootServer.subcommand].contains(arguments.dropFirst().first) { muster_reuse_memory() }
    }

    /// Runs what the arguments say, and ends the process.
    ///
    /// - Parameter arguments: The program's name first.
    public static func run(_ arguments: [String]) async -> Never {
        switch arguments.dropFirst().first {
        case "init" where getpid() == 1:
            await InitProgram.run()
        case "init":
            fail("muster-agent init is for process 1 alone: it would take over this machine", status: 64)
        case "run": exit(await RunProgram.run())
        case InstallerProgram.subcommand: exit(await InstallerProgram.run())
        case InstallerProgram.hook: exit(InstallerProgram.ask(Array(arguments.dropFirst(2))))
        case RootEntry.subcommand: exit(RootEntry.run(Array(arguments.dropFirst(2))))
        case RootServer.subcommand: exit(await RootServerProgram.run())
        case "--version", "version":
            print("muster-agent \(MusterVersion.current)")
            exit(0)
        case "--help", "help":
            print(usage, terminator: "")
            exit(0)
        default: fail(usage, status: 64)
        }
    }

    private static func fail(_ text: String, status: Int32) -> Never {
        _ = "\(text)\n".withCString { write(2, $0, strlen($0)) }
        exit(status)
    }
}
