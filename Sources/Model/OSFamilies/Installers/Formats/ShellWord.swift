/// Words for a POSIX shell.
enum ShellWord {
    /// A command with its arguments.
    static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// Between single quotes, unless it is plain.
    static func quoted(_ word: String) -> String {
        MachineAnswers.consists(word, of: "/._:=@%+-") ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
