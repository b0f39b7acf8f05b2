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

/// A machine of the lab with two roots on its disk gets good and bad versions.
@Suite(
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil, "three installations: see ./test full"))
struct TwoRootsTests {
    private static let profile = "ab"

    @Test("a new version that cannot start is left after three starts, and a good one stays")
    func brokenAndGood() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(11, disks: [6144])
        try await makeProfile(site)
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await deploy(machine, site)
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            let first = try await running(machine, site)
            try await expectRoot("vda3", good: "a", on: machine, site, lab)
            // What went out of the cache again comes from the disk already.
            let whole = try await site.installedChunks(machine.name)
            #expect(whole.fromServers > 3 * whole.fromDisk, "\(whole)")

            // A version whose first program ends at once: the kernel panics.
            let change = "head -c 1000000 /dev/urandom > /usr/share/muster-change"
            try await site.muster("image", "exec", SystemSite.diskImage, "--", "sh", "-c", change)
            try await site.muster("image", "pack", SystemSite.diskImage)
            try put("post.d/20-break", "printf '#!/bin/sh\\nexit 1\\n' > /usr/lib/systemd/systemd", site)
            try await deploy(machine, site)
            try await lab.reset(machine.name)
            let broken = try await site.wait(for: machine.name, limit: .seconds(900)) {
                $0.deployment?.state.isOver == true
            }
            let second = try #require(broken.deployment?.image)
            #expect(second != "\(first)")
            #expect(
                broken.deployment?.failure
                    == "\(second) was started 3 times and did not become healthy; this machine runs \(first) again")
            let back = try await site.wait(for: machine.name) { $0.alive && $0.running == first }
            #expect(back.deployment?.state == .failed)
            let users = try await site.muster("image", "nodes", "\(first)")
            #expect(users.contains(machine.name), "\(users)")
            try await expectRoot("vda3", good: "a", on: machine, site, lab)

            try remove("post.d/20-break", site)
            let delta = try await site.installedChunks(machine.name)
            #expect(delta.fromServers < 100 && delta.fromDisk > 3 * delta.fromServers, "\(delta)")
            try await deploy(machine, site)
            try await lab.reset(machine.name)
            try await site.waitUntilDeployed(machine.name)
            #expect(try await "\(running(machine, site))" == second)
            try await expectRoot("vda4", good: "b", on: machine, site, lab)
        }
    }

    // MARK: -

    private func makeProfile(_ site: SystemSite) async throws {
        try await site.makeInstallProfile(Self.profile, install: "{layout: ab}")
        try remove("post.d/20-break", site)
    }

    private func put(_ name: String, _ commands: String, _ site: SystemSite) throws {
        let path = "\(site.stateDirectory)/public/os/\(Self.profile)/scripts/\(name)"
        try AtomicFile.write("#!/bin/sh\n\(commands)\n", to: path)
    }

    private func remove(_ name: String, _ site: SystemSite) throws {
        let path = "\(site.stateDirectory)/public/os/\(Self.profile)/scripts/\(name)"
        if Files.exists(path) { try Files.remove(path) }
    }

    private func deploy(_ machine: LabMachine, _ site: SystemSite) async throws {
        try await site.muster("deploy", machine.name, Self.profile, "--yes", "--force")
    }

    /// What the machine says that it runs.
    private func running(_ machine: LabMachine, _ site: SystemSite) async throws -> ImageReference {
        let status = try await site.wait(for: machine.name) { $0.alive && $0.running != nil }
        return try #require(status.running)
    }

    /// The root's device, and what GRUB's block says.
    private func expectRoot(
        _ device: String, good: String, on machine: LabMachine, _ site: SystemSite, _ lab: Lab
    ) async throws {
        let found = try await site.ssh(
            lab, machine,
            """
            awk '$2 == "/" { print $1 }' /proc/mounts; grep -a = /boot/efi/muster/grub/muster.env | tr -d '#'
            cat /root/firstboot; stat -c %s /boot/efi/muster/grub/muster.env
            """)
        #expect(
            found.output
                == "/dev/\(device)\nmuster_good=\(good)\nmuster_trial=\nmuster_tries=0\nfirstboot\n1024\n",
            "\(found.output) \(found.errors)")
    }
}
