/// Reads what `ansible-playbook` prints with its callback `default`, of a run with one host: one line for people for each
/// task, and why it failed.
package struct PlayOutput: Sendable {
    /// How a task ended, the worst of its loop's items.
    private enum Outcome: Int, Comparable {
        case skipped
        case ok
        case changed
        case ignored
        case failed

        var words: String {
            switch self {
            case .skipped: "skipped"
            case .ok: "ok"
            case .changed: "changed"
            case .ignored: "failed, ignored"
            case .failed: "FAILED"
            }
        }

        static func < (one: Outcome, other: Outcome) -> Bool { one.rawValue < other.rawValue }
    }

    private var task: String?
    private var outcome: Outcome?
    private var detail: String?
    private var isRecap = false
    /// The numbers of the recap: `ok=2 changed=1 …`.
    package private(set) var recap: String?
    /// The last task that failed, and what it said.
    package private(set) var failure: String?

    package init() {}

    /// - Returns: what to tell, when this line ends a task.
    package mutating func take(_ line: String) -> String? {
        if let name = Self.heading("TASK", line) ?? Self.heading("RUNNING HANDLER", line) {
            let told = endTask()
            task = name
            return told
        }
        if Self.heading("PLAY", line) != nil || line.hasPrefix("NO MORE HOSTS LEFT") { return endTask() }
        if line.hasPrefix("PLAY RECAP") {
            isRecap = true
            return endTask()
        }
        if isRecap {
            if let colon = line.range(ofText: " : "), line.contains("ok=") {
                recap = line[colon.upperBound...].split(separator: " ").joined(separator: " ")
            }
            return nil
        }
        takeResult(line)
        return nil
    }

    /// What is left to tell when the program has ended.
    package mutating func end() -> String? { endTask() }

    private mutating func takeResult(_ line: String) {
        if line == "...ignoring" {
            outcome = .ignored
            failure = nil
        } else if line.hasPrefix("ok: [") {
            raise(.ok)
        } else if line.hasPrefix("changed: [") {
            raise(.changed)
        } else if line.hasPrefix("skipping: [") {
            raise(.skipped)
        } else if line.hasPrefix("fatal: [") || line.hasPrefix("failed: [") {
            raise(.failed)
            detail = Self.reason(line)
            failure = "\(task.map { "the task '\($0)'" } ?? "it") failed: \(detail ?? "")"
        }
    }

    private mutating func raise(_ next: Outcome) { outcome = max(outcome ?? next, next) }

    private mutating func endTask() -> String? {
        defer { (task, outcome, detail) = (nil, nil, nil) }
        guard let task, let outcome else { return nil }
        return "\(task): \(outcome.words)" + (outcome >= .ignored ? detail.map { ": \($0)" } ?? "" : "")
    }

    /// `TASK [name] ****`, with the name.
    private static func heading(_ word: String, _ line: String) -> String? {
        guard line.hasPrefix(word + " ["), let end = line.range(ofText: "] *", backwards: true) else { return nil }
        return String(line[line.index(line.startIndex, offsetBy: word.count + 2)..<end.lowerBound])
    }

    /// What stands behind `FAILED! =>` and `UNREACHABLE! =>`: the message of a JSON object, else all of it.
    private static func reason(_ line: String) -> String {
        guard let arrow = line.range(ofText: "=> {") else { return line }
        let object = String(line[line.index(before: arrow.upperBound)...])
        var parts = ["msg", "stderr", "stdout"].compactMap { PlayResult.text($0, of: object) }.filter { !$0.isEmpty }
        if parts.isEmpty { parts = [object] }
        return parts.map { $0.split(whereSeparator: \.isNewline).suffix(4).joined(separator: " | ") }
            .joined(separator: ": ")
    }
}

extension String {
    /// Where a text stands in this one, the first or the last time.
    fileprivate func range(ofText text: String, backwards: Bool = false) -> Range<String.Index>? {
        let (here, wanted) = (Array(utf8), Array(text.utf8))
        guard here.count >= wanted.count else { return nil }
        let places = Array(0...(here.count - wanted.count))
        guard let place = (backwards ? places.reversed() : places).first(where: { here[$0...].starts(with: wanted) })
        else { return nil }
        let start = utf8.index(utf8.startIndex, offsetBy: place)
        return start..<utf8.index(start, offsetBy: wanted.count)
    }
}
