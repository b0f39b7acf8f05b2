import LinuxSystem
import MusterBase

/// Symbolic links in a profile that lead nowhere.
struct LinkCheck {
    /// Of the profile.
    let directory: String
    private static let deepest = 8

    /// Leaves out what is looked at elsewhere: the medium, what boots from it, and what is hidden.
    func problems() -> [String] {
        var problems: [String] = []
        walk("", 0, &problems)
        return problems
    }

    private func walk(_ below: String, _ depth: Int, _ problems: inout [String]) {
        guard depth < Self.deepest, let entries = try? Files.entries(in: "\(directory)/\(below)") else { return }
        for entry in entries.sorted(by: { $0.name < $1.name }) where !entry.name.hasPrefix(".") {
            let path = below + entry.name
            if [BootFiles.distribution, BootFiles.directory].contains(path) { continue }
            if entry.isDirectory {
                walk("\(path)/", depth + 1, &problems)
            } else if let target = Files.linkTarget("\(directory)/\(path)"), !Files.exists("\(directory)/\(path)") {
                problems.append("\(path) leads to \(target), which is not there")
            }
        }
    }
}
