/// Words for a POSIX shell.
enum ShellWord {
    /// A command with its arguments.
    static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// Between single quotes, unless it is plain.
    static func quoted(_ word: String) -> String {
        MachineAnswers.consists(word, of: "/._:=@%+-") ? word : "'" + word.replacingScalars(["'": "'\\''"]) + "'"
    }
}

extension String {
    /// With other texts in the place of some characters, also where an accent follows them: programs read octets, and to Swift the
    /// two are one character.
    func replacingScalars(_ others: [Unicode.Scalar: String]) -> String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if let other = others[scalar] {
                result.append(contentsOf: other.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
