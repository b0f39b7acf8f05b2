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
        let arguments: [String]
        do {
            arguments = try decode(octetsOfArguments())
        } catch {
            exit(report(error, in: .system()))
        }
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
            try UnknownCommand.refuse(in: arguments)
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

    /// The arguments as text. Octets that are none would be replaced in silence, and the command would be about another
    /// name than the one typed.
    ///
    /// - Throws: ``MusterError`` with code `invalidInput` that names the argument.
    package static func decode(_ arguments: [[UInt8]]) throws(MusterError) -> [String] {
        var texts: [String] = []
        for (index, octets) in arguments.enumerated() {
            guard let text = String(validating: octets, as: UTF8.self) else {
                let shown = printable(String(decoding: octets, as: UTF8.self))
                throw MusterError(.invalidInput, "argument \(index + 1), '\(shown)', is not UTF-8")
            }
            texts.append(text)
        }
        return texts
    }

    private static func octetsOfArguments() -> [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { pointer in
                Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            }
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
