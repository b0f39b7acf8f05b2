import MusterBase
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Compares a text with the file `Golden/NAME`. `UPDATE_GOLDEN=1` writes the file, and still fails.
func expectGolden(_ name: String, _ text: String, _ place: SourceLocation = #_sourceLocation) {
    expectFile("\(directory(of: #filePath))/Golden/\(name)", text, place)
}

func expectFile(_ path: String, _ text: String, _ place: SourceLocation = #_sourceLocation) {
    let wanted = (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1", wanted != text {
        do {
            try Data(text.utf8).write(to: URL(filePath: path))
            Issue.record("\(path) was written: look at it, and run the tests again", sourceLocation: place)
        } catch { Issue.record("\(path) cannot be written: \(error)", sourceLocation: place) }
        return
    }
    #expect(wanted == text, "\(path) has another text (UPDATE_GOLDEN=1 writes it)", sourceLocation: place)
}

/// Of this file's repository.
func repositoryPath(_ relative: String) -> String {
    "\(directory(of: directory(of: directory(of: #filePath))))/\(relative)"
}

private func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}
