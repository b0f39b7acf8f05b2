import Lab
import LinuxSystem
import MusterBase
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension BootTests {
    /// The machine is one of the lab's own, booted into its image: systemd as process 1, and nothing installed.
    @Test("installed on a machine with systemd, musterd runs hardened and without root")
    func unitFile() async throws {
        let site = try await SystemSite.ready()
        let machine = LabMachine(lab: "system", index: 7, firmware: .bios, memory: 2560)
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, SystemSite.image, "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            try await install(on: machine, site, lab)
            try await expectHardenedService(on: machine, site, lab)
        }
    }

    /// What an administrator does: `dist/install`, `muster init`, a network in the settings, start.
    private func install(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let built = "/root/muster/.build/release"
        _ = try await expectSuccess("mkdir -p \(built)", on: machine, site, lab)
        let programs = ["muster", "musterd", "muster-agent", "early-init"].map { "\(site.programs)/\($0)" }
        try await site.copy(programs, to: built, on: machine, lab)
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        try await site.copy(["\(repository)/dist", "\(repository)/recipes"], to: "/root/muster", on: machine, lab)
        // No package can be fetched here: what the machine lacks of them comes from this host.
        try await site.copy(try await libraries(on: machine, site, lab), to: "/usr/local/lib", on: machine, lab)
        _ = try await expectSuccess("ldconfig", on: machine, site, lab)
        _ = try await expectSuccess("/root/muster/dist/install", on: machine, site, lab)
        // The machine has neither iPXE nor zstd: the site is made, its boot files are not, and init says so.
        let initialised = try await site.ssh(lab, machine, "muster init --site inner")
        #expect(initialised.exitCode == 1 && initialised.errors.contains("apt-get install ipxe"))
        let settings = "networks:\\n  - interface: lo\\n    mode: own\\n"
        _ = try await expectSuccess("printf '\(settings)' >/etc/muster/muster.yaml", on: machine, site, lab)
        // Returns when the service says that it is ready.
        _ = try await expectSuccess(
            "systemctl start musterd || { journalctl -u musterd >&2; false; }", on: machine, site, lab)
    }

    /// Files of this host: the shared libraries that programs of the server need and the machine does not have.
    private func libraries(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws -> [String] {
        let there = try await expectSuccess("ldconfig -p", on: machine, site, lab)
        var needed: [String: String] = [:]
        for program in ["muster", "musterd"] {
            // ldd(1): `name => path (address)`.
            for line in try await lab.run(["ldd", "\(site.programs)/\(program)"]).text.split(separator: "\n") {
                let words = line.split(whereSeparator: \.isWhitespace)
                if words.count > 2, words[1] == "=>" { needed[String(words[0])] = String(words[2]) }
            }
        }
        return needed.filter { !there.contains("\($0.key) ") }.values.sorted()
    }

    private func expectHardenedService(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let status = try await expectSuccess(
            "cat /proc/$(systemctl show --property MainPID --value musterd)/status", on: machine, site, lab)
        let fields = Dictionary(
            status.split(separator: "\n").compactMap { line -> (Substring, [Substring])? in
                let parts = line.split(separator: ":", maxSplits: 1)
                return parts.count == 2 ? (parts[0], parts[1].split(whereSeparator: \.isWhitespace)) : nil
            }, uniquingKeysWith: { first, _ in first })
        #expect(fields["Uid"]?.contains("0") == false)
        #expect(fields["Gid"]?.contains("0") == false)
        #expect(fields["NoNewPrivs"] == ["1"])
        #expect(fields["Seccomp"] == ["2"])
        // CAP_NET_BIND_SERVICE is 10 and CAP_NET_RAW 13 (capabilities(7)).
        for set in ["CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(fields["\(set)"] == ["0000000000002400"]) }
        let defined = try await expectSuccess("muster node define 'x[1-3]' && muster node list", on: machine, site, lab)
        #expect(defined.contains("x3"))
        let ports = try await expectSuccess("ss --listening --numeric --tcp --udp", on: machine, site, lab)
        for port in [67, 69, 80, 443] { #expect(ports.contains(":\(port) "), "nothing listens on \(port): \(ports)") }
        let end = try await expectSuccess(
            "systemctl stop musterd; systemctl show --property Result --value musterd", on: machine, site, lab)
        #expect(end == "success\n")
    }

    private func expectSuccess(
        _ command: String, on machine: LabMachine, _ site: SystemSite, _ lab: Lab
    ) async throws -> String {
        let outcome = try await site.ssh(lab, machine, command)
        try #require(outcome.exitCode == 0, "\(command): \(outcome.output)\(outcome.errors)")
        return outcome.output
    }
}
