import MusterAPI

/// One line a thing that was looked at, and below it how to mend it.
func checkText(_ report: CheckReport, _ style: TextStyle) -> String {
    let width = report.results.map { displayWidth($0.subject) }.max() ?? 0
    var text = ""
    for result in report.results {
        let verdict = result.verdict.rawValue
        let padding = String(repeating: " ", count: 7 - verdict.count)
        let subject = result.subject + String(repeating: " ", count: width - displayWidth(result.subject))
        text += "\(style.paint(verdict, result.verdict.colour))\(padding)  \(subject)  \(printable(result.message))\n"
        if let advice = result.advice, result.verdict != .good {
            text += String(repeating: " ", count: 9 + width + 2) + "\(printable(advice))\n"
        }
    }
    return text
}

extension CheckResult.Verdict {
    var colour: TextColour {
        switch self {
        case .good: .good
        case .warning: .warning
        case .bad: .bad
        }
    }
}
