import DeploymentModel
import Lab
import LinuxSystem
import MusterAPI
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A machine of the lab with a TPM installs to an encrypted root, and starts with that TPM and without it.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil, "an installation: see ./test full"))
struct EncryptedRootTests {
    private static let image = "debian-12-encrypted"

    @Test("the root is encrypted, the TPM opens it, and where there is another TPM the recovery key does")
    func wholeWay() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(20, .uefi, disks: [8192], hasTPM: true)
        try await site.makeInstallProfile(
            "encrypted", image: Self.image, install: "{filesystem: xfs, encryption: tpm2}")
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "encrypted", "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name, limit: .seconds(1800))
            try await expectSealed(machine, site, lab)
            try await expectNothingReadable(machine, site, lab)

            let prompts = try self.prompts(machine, lab)
            try await lab.stop(machine.name)
            try await waitForState(otherwise: "\(machine.name) does not stop", limit: .seconds(30)) {
                let machines = try await lab.status()?.machines
                return machines?.first { $0.machine.name == machine.name }?.state == .stopped ? () : nil
            }
            let tpm = "\(site.stateDirectory)/lab/machines/\(machine.name).tpm"
            try await SystemToolRunner().check(.rm, ["-r", tpm], doing: "taking the TPM out")
            try await lab.start(machine.name)
            try await waitForState(otherwise: "\(machine.name) does not ask", limit: .seconds(300)) {
                try self.prompts(machine, lab) > prompts ? () : nil
            }
            let told = try await site.muster("node", "recovery-key", machine.name, "--output", "json")
            let keys = try MusterJSON.decode(RecoveryKeyList.self, from: Array(told.utf8), of: "the keys").keys
            try lab.type("\(try #require(keys.first).key)\n", on: machine.name)
            let boots = "test \"$(wc -l < /root/onboot)\" = 2 && hostname"
            try await waitForState(
                otherwise: "\(machine.name) did not start with its recovery key", limit: .seconds(300),
                every: .milliseconds(500)
            ) {
                try await site.ssh(lab, machine, boots).output == "\(machine.name)\n" ? () : nil
            }
        }
    }

    /// How often the machine asked for a key at its console; with its TPM it is answered at once.
    private func prompts(_ machine: LabMachine, _ lab: Lab) throws -> Int {
        try lab.consoleText(machine.name).split(separator: "Please unlock disk muster-root").count - 1
    }

    /// One binding, to the state that was measured; and the agent said so.
    private func expectSealed(_ machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let system = try await site.ssh(
            lab, machine,
            """
            awk '$2 == "/" || $2 == "/boot" { print $1, $3 }' /proc/mounts; clevis luks list -d /dev/vda3
            cryptsetup luksDump /dev/vda3 | grep -c ': luks2$'; systemctl is-system-running --wait
            """)
        #expect(
            system.output == """
                /dev/mapper/muster-root xfs
                /dev/vda4 ext4
                2: tpm2 '{"hash":"sha256","key":"ecc","pcr_bank":"sha256","pcr_ids":"7"}'
                2
                running

                """, "\(system.output) \(system.errors)")
        let told = try await site.trace(machine.name).events.contains {
            $0.step == Step.firstboot && $0.message == "the key of the disk is sealed to the TPM's registers 7"
        }
        #expect(told)
    }

    /// What the machine's own root has is not on the disk; what `/boot` has is.
    private func expectNothingReadable(_ machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let mark = "mark-\(machine.uuid)"
        let written = try await site.ssh(
            lab, machine, "for d in root boot; do echo $d-\(mark) > /$d/mark; done; sync; sync -f /boot")
        #expect(written.exitCode == 0, "\(written.errors)")
        let disk = "\(site.stateDirectory)/lab/machines/\(machine.name).disk0"
        let found = try await site.onHost("grep -a -o -E '(root|boot)-\(mark)' \(disk) | sort -u")
        #expect(found == "boot-\(mark)\n")
    }
}
