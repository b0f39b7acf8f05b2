#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the program's three streams are connected to.
public struct Terminal: Sendable, Hashable {
    public var inputIsTerminal: Bool
    public var outputIsTerminal: Bool
    public var errorIsTerminal: Bool
    /// Columns and lines of the terminal; nil when there is none.
    public var columns: Int?
    public var lines: Int?
    /// False when the environment asks for no colour (no-color.org) or the terminal has none.
    public var allowsColour: Bool

    public init(
        inputIsTerminal: Bool, outputIsTerminal: Bool, errorIsTerminal: Bool, columns: Int?, lines: Int?,
        allowsColour: Bool
    ) {
        self.inputIsTerminal = inputIsTerminal
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.columns = columns
        self.lines = lines
        self.allowsColour = allowsColour
    }

    /// Pipes and files all around.
    public static let none = Terminal(
        inputIsTerminal: false, outputIsTerminal: false, errorIsTerminal: false, columns: nil, lines: nil,
        allowsColour: false)

    /// Asks the system.
    public static func current(environment: [String: String]) -> Terminal {
        let output = isatty(1) == 1
        let error = isatty(2) == 1
        let size = output ? windowSize(1) : error ? windowSize(2) : nil
        let plain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Terminal(
            inputIsTerminal: isatty(0) == 1, outputIsTerminal: output, errorIsTerminal: error,
            columns: size?.columns, lines: size?.lines, allowsColour: !plain && environment["TERM"] != "dumb")
    }

    /// How results are drawn.
    var outputStyle: TextStyle {
        TextStyle(colour: outputIsTerminal && allowsColour, width: outputIsTerminal ? columns : nil)
    }

    /// How messages for people are drawn.
    var errorStyle: TextStyle {
        TextStyle(colour: errorIsTerminal && allowsColour, width: errorIsTerminal ? columns : nil)
    }
}

private func windowSize(_ descriptor: Int32) -> (columns: Int, lines: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
}
