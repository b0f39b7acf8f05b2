import LinuxSystem
import MusterCommands
import Testing

@Suite("lab up")
struct LabUpCommandTests {
    @Test("settings that do not name the lab's network are refused before anything is made")
    func unserved() async throws {
        try await withDirectory { directory in
            let settings = "networks:\n  - interface: eth1   # not muster0\n    mode: own\n"
            try Files.write(settings, to: "\(directory)/muster.yaml")
            let outcome = await CommandFixture().run("lab", "up", "--nodes", "1", "--state-dir", directory)
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("\(directory)/muster.yaml does not name the lab's network"))
            #expect(outcome.errors.contains("- interface: muster0"))
            #expect(try Files.names(in: directory) == ["muster.yaml"])
        }
    }
}
