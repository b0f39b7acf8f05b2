import ArgumentParser
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The program `muster`.
public enum MusterProgram {
    /// Runs the command that the process's arguments name, and ends the process with its code.
    public static func main() async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // The supervisor of a lab is process 1 there and has its own ways with signals.
        guard arguments.prefix(2) != ["lab", "supervise"] else { exit(await run(arguments, in: .system())) }
        let interrupts = Interrupts()
        let context = CommandContext.system(interrupts: interrupts)
        let code = await interrupts.run { await run(arguments, in: context) }
        exit(code)
    }

    /// Runs a command.
    ///
    /// - Parameter arguments: Without the program's name.
    /// - Returns: The code to end with: 0 done, 1 failed, also in part, 64 usage, 130 interrupted.
    public static func run(_ arguments: [String], in context: CommandContext) async -> Int32 {
        do {
            var command = try MusterCommand.parseAsRoot(arguments)
            if let command = command as? any ContextCommand {
                try await command.run(in: context)
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error, in: context)
        }
    }

    private static func report(_ error: any Error, in context: CommandContext) -> Int32 {
        let rendering = ErrorRendering(error, style: context.terminal.errorStyle)
        do {
            if !rendering.output.isEmpty { try context.output.write(rendering.output) }
            if !rendering.message.isEmpty { try context.errors.write(rendering.message) }
        } catch {
            return 141
        }
        return rendering.exitCode
    }
}
