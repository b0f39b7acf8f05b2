import Lab
import MusterBase
import Testing

@Suite("Identity of lab machines")
struct MachineIdentityTests {
    @Test("the same lab name and number give the same machine")
    func isDeterministic() {
        #expect(LabMachine(lab: "demo", index: 1) == LabMachine(lab: "demo", index: 1))
        #expect(LabMachine(lab: "demo", index: 1).mac == MACAddress("52:54:00:00:40:01"))
        #expect(LabMachine(lab: "demo", index: 1).serial == "DEMO-1")
    }

    @Test("other numbers and other labs give other machines")
    func isUnique() {
        let machines = (1...500).map { LabMachine(lab: "demo", index: $0) } + [LabMachine(lab: "other", index: 1)]
        #expect(Set(machines.map(\.uuid)).count == machines.count)
        #expect(Set(machines.map(\.mac)).count >= machines.count - 1)
        #expect(Set(machines.map(\.serial)).count == machines.count)
    }

    @Test("the UUID has the version and variant of one that was made up")
    func hasVersion() {
        for index in 1...50 {
            let text = Array(LabMachine(lab: "x", index: index).uuid.description)
            #expect(text[14] == "8")
            #expect("89ab".contains(text[19]))
        }
    }

    @Test("network cards differ in the fourth octet, and never from machine to machine alike")
    func cards() {
        let machine = LabMachine(lab: "demo", index: 1)
        #expect(machine.mac(ofCard: 0) == machine.mac)
        #expect(machine.mac(ofCard: 2).octets[3] == machine.mac.octets[3] + 2)
        #expect(machine.mac(ofCard: 2).octets[4...] == machine.mac.octets[4...])
    }
}

@Suite("Configuration of a lab")
struct LabConfigurationTests {
    private func configuration(_ machines: [LabMachine]) -> LabConfiguration {
        LabConfiguration(stateDirectory: "/var/tmp/x", services: [], machines: machines)
    }

    @Test("an ordinary configuration is valid")
    func valid() throws {
        try configuration([LabMachine(lab: "a", index: 1), LabMachine(lab: "a", index: 2)]).validate()
    }

    @Test(
        "a wrong machine is refused, and the message names it",
        arguments: [
            (LabMachine(lab: "a", index: 1, name: "a/b"), "a/b"),
            (LabMachine(lab: "a", index: 1, name: "-a"), "-a"),
            (LabMachine(lab: "a", index: 1, name: ""), "\"\""),
            (LabMachine(lab: "a", index: 0), "0"),
            (LabMachine(lab: "a", index: 4096), "4096"),
            (LabMachine(lab: "a", index: 1, memory: 12), "12 MiB"),
            (LabMachine(lab: "a", index: 1, processors: 0), "0 processors"),
            (LabMachine(lab: "a", index: 1, networks: []), "0 network cards"),
            (LabMachine(lab: "a", index: 1, networks: ["elsewhere"]), "elsewhere"),
        ])
    func wrongMachine(machine: LabMachine, named: String) {
        let error = #expect(throws: MusterError.self) { try configuration([machine]).validate() }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
    }

    @Test("two of the same name or number are refused")
    func twice() {
        let first = LabMachine(lab: "a", index: 1)
        #expect(throws: MusterError.self) { try configuration([first, LabMachine(lab: "a", index: 1)]).validate() }
        #expect(throws: MusterError.self) {
            try configuration([first, LabMachine(lab: "a", index: 1, name: "other")]).validate()
        }
    }

    @Test("a relative state directory is refused")
    func relative() {
        #expect(throws: MusterError.self) { try LabConfiguration(stateDirectory: "x", services: []).validate() }
    }

    @Test("a directory without a lab is reported as not found")
    func noLab() {
        let error = #expect(throws: MusterError.self) {
            try LabConfiguration.load(stateDirectory: "/nonexistent/\(UInt64.random(in: 0...(.max)))")
        }
        #expect(error?.code == .notFound)
    }
}
