import LinuxSystem
import MusterBase
import MusterCommands
import TestSupport
import Testing

@Suite("lab up")
struct LabUpCommandTests {
    @Test("settings that do not name the lab's network are refused before anything is made")
    func unserved() async throws {
        try await withTemporaryDirectory { directory in
            let settings = "networks:\n  - interface: eth1   # not muster0\n    mode: own\n"
            try Files.write(settings, to: "\(directory)/muster.yaml")
            let outcome = await CommandFixture().run("lab", "up", "--nodes", "1", "--state-dir", directory)
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("\(directory)/muster.yaml does not name the lab's network"))
            #expect(outcome.errors.contains("- interface: muster0"))
            #expect(try Files.names(in: directory) == ["muster.yaml"])
        }
    }

    @Test("machines that this host's memory cannot hold are refused, those that may not find it free are warned of")
    func memory() throws {
        let host = try #require(HostMemory(meminfo: "MemTotal:  4194304 kB\nMemFree: 1 kB\nMemAvailable: 3145728 kB\n"))
        #expect(host == HostMemory(total: 4096, available: 3072))
        try host.check(machines: 2, mebibytes: 2048)
        #expect(host.warning(machines: 2, mebibytes: 2048)?.contains("3072 MiB of this host are free") == true)
        #expect(host.warning(machines: 1, mebibytes: 2048) == nil)
        let error = #expect(throws: MusterError.self) { try host.check(machines: 3, mebibytes: 2048) }
        #expect(error?.message == "3 machines with 2048 MiB each need 6144 MiB, and this host has 4096 MiB in all")
    }

    @Test("where no lab runs, down says so and is done, and a console is none")
    func noLab() async throws {
        try await withTemporaryDirectory { directory in
            let down = await CommandFixture().run("lab", "down", "--state-dir", directory)
            #expect(down.code == 0)
            #expect(down.output == "no lab runs in \(directory)\n")
            for arguments in [["--log"], []] {
                let console = await CommandFixture().run(
                    ["lab", "console", "n9", "--state-dir", directory] + arguments)
                #expect(console.code == 1)
                #expect(console.errors.hasPrefix("muster: no lab runs in \(directory)\n"))
            }
        }
    }

    @Test("what a lab that broke down left is removed, and its machines are named")
    func remains() async throws {
        try await withTemporaryDirectory { directory in
            try Files.createDirectory("\(directory)/lab/consoles")
            let down = await CommandFixture().run("lab", "down", "--state-dir", directory)
            #expect(down.output == "ended the lab in \(directory) with 0 machines\n")
            #expect(try Files.names(in: directory) == [])
        }
    }
}
