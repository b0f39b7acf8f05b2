import ArgumentParser
import MusterBase

/// What is said of an error, and the code that the process ends with: the only place that decides on either.
struct ErrorRendering {
    /// For standard error; empty when there is nothing to say.
    var message: String
    /// For standard output: help and version that were asked for.
    var output: String = ""
    var exitCode: Int32

    init(_ error: any Error, style: TextStyle) {
        switch error {
        case let error as MusterError where error.code == .cancelled:
            self.init(message: "", exitCode: 130)
        case let error as MusterError:
            self.init(message: Self.text(of: error, style), exitCode: error.exitCode)
        case let failure as CommandFailure:
            self.init(message: "", exitCode: failure.exitCode)
        case is OutputClosed:
            // As a program that died of SIGPIPE, which is what shells and their users know.
            self.init(message: "", exitCode: 141)
        case is CancellationError:
            self.init(message: "", exitCode: 130)
        default:
            self.init(parserError: error, style)
        }
    }

    private init(message: String, output: String = "", exitCode: Int32) {
        self.message = message
        self.output = output
        self.exitCode = exitCode
    }

    private init(parserError error: any Error, _ style: TextStyle) {
        let code = MusterCommand.exitCode(for: error).rawValue
        let text = MusterCommand.fullMessage(for: error)
        if code == 0 {
            self.init(message: "", output: text + "\n", exitCode: 0)
        } else if MusterCommand.exitCode(for: error) == .validationFailure {
            self.init(message: Self.renamed(text, style), exitCode: code)
        } else {
            self.init(message: style.paint("muster:", .bad) + " \(error)\n", exitCode: code)
        }
    }

    /// The parser's own message, begun as all others are.
    private static func renamed(_ text: String, _ style: TextStyle) -> String {
        let body = text.hasPrefix("Error: ") ? String(text.dropFirst("Error: ".count)) : text
        return style.paint("muster:", .bad) + " \(body)\n"
    }

    /// What a user or a machine wrote may stand in a message: it must not end its line or draw on the terminal.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { line, scalar in
            switch scalar {
            case "\n": line += "\\n"
            case "\t": line += "\\t"
            case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
                line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
    }

    private static func text(of error: MusterError, _ style: TextStyle) -> String {
        let bare = MusterError(error.code, error.message, cause: error.cause)
        var text = style.paint("muster:", .bad) + " \(escaped("\(bare)"))\n"
        if let advice = error.advice { text += "        \(escaped(advice))\n" }
        return text
    }
}
