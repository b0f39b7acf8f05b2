import DeploymentModel
import Glibc
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

/// Machines of the lab boot over the network: real firmware, kernel, agent and systemd.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct BootTests {
    @Test("a BIOS and a UEFI machine boot into the image, and are known by the site's certificates")
    func wholeWay() async throws {
        let site = try await SystemSite.ready()
        let machines = [site.machine(1, .bios), site.machine(2, .uefi)]
        try await site.withLab(machines) { lab in
            for machine in machines { try await site.define(machine) }
            try await site.muster("deploy", "n1,n2", SystemSite.image, "--yes", "--force")
            for machine in machines { try await lab.start(machine.name) }
            for machine in machines { try await site.waitUntilDeployed(machine.name) }
            for machine in machines {
                try await expectTrace(of: machine, site)
                try await expectSystem(on: machine, site, lab)
            }
            try await expectKeyIsGrantedOnce(to: machines[0], neighbour: machines[1], site, lab)
        }
    }

    private func expectTrace(of machine: LabMachine, _ site: SystemSite) async throws {
        let trace = try await site.trace(machine.name)
        let steps = trace.events.filter { $0.status == .done }.map(\.step)
        let wanted = [
            Step.armed, Step.kernel, Step.network, Step.enrol, Step.configuration, Step.rootImage, Step.switchRoot,
            Step.deployed,
        ]
        for step in wanted { #expect(steps.contains(step), "\(machine.name) has no step '\(step)': \(steps)") }
        let order = wanted.compactMap { steps.firstIndex(of: $0) }
        #expect(order == order.sorted(), "the steps of \(machine.name) are out of order: \(steps)")
    }

    private func expectSystem(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let system = try await site.ssh(
            lab, machine, "hostname; . /etc/os-release; echo $ID-$VERSION_ID; cat /proc/1/comm")
        #expect(system.output == "\(machine.name)\ndebian-12\nsystemd\n", "\(system.errors)")
        let memory = try await site.ssh(
            lab, machine, "awk '/VmRSS/ { print $2 }' /proc/$(pidof muster-agent)/status")
        let kibibytes = try #require(Int(memory.output.filter { $0.isNumber }), "\(memory.output) \(memory.errors)")
        print("agent on \(machine.name): \(kibibytes) KiB resident")
        #expect(kibibytes <= 30 * 1024)
        let status = try await site.wait(for: machine.name, limit: .seconds(60)) { $0.alive }
        #expect(status.running?.name == SystemSite.image)
        // What is secret on a node stays with root, and nothing of another machine is in the image.
        let secrets = try await site.ssh(
            lab, machine, "find /run/muster-agent -maxdepth 1 -type f -perm /077 | wc -l; cat /etc/machine-id")
        #expect(secrets.output.hasPrefix("0\n"))
        #expect(secrets.output.dropFirst(2).count == 33)
    }

    /// The machine itself, with its own address and link, asks for a second key; then its neighbour in its name.
    private func expectKeyIsGrantedOnce(
        to machine: LabMachine, neighbour: LabMachine, _ site: SystemSite, _ lab: Lab
    ) async throws {
        let body = """
            {"machine":{"uuid":"\(machine.uuid)","macs":["\(machine.mac)"],"architecture":"x86_64","firmware":"bios",\
            "memory":1,"processors":1},"key_digest":"sha256:\(String(repeating: "ab", count: 32))","agent":"thief"}
            """
        let request =
            "POST /node/v1/enrol HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\n"
            + "Content-Length: \(body.utf8.count)\\r\\nConnection: close\\r\\n\\r\\n"
        let ask =
            "(printf '\(request)'; printf '%s' '\(body)'; sleep 2)"
            + " | openssl s_client -quiet -connect \(SystemSite.address):443 2>/dev/null"
        let second = try await site.ssh(lab, machine, ask)
        #expect(second.output.contains("409"), "\(second.output) \(second.errors)")
        #expect(second.output.contains("granted once"))
        let stranger = try await site.ssh(lab, neighbour, ask)
        #expect(stranger.output.contains("403"), "\(stranger.output) \(stranger.errors)")
    }

    @Test("an unknown machine gets no answer, is listed, and boots once it was adopted")
    func unknownMachine() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(3)
        try await site.withLab([machine]) { lab in
            _ = try await site.attempt(["node", "remove", machine.name])
            _ = try await site.attempt(["discover", "forget", machine.mac.description])
            try await lab.start(machine.name)
            // It has asked more than once: had it been answered, it would not ask again.
            try await waitUntilDiscovered(machine, site)
            #expect(try !lab.consoleText(machine.name).contains("boot.ipxe"))
            try await site.muster(
                "discover", "assign", machine.mac.description, machine.name, "net.ipv4_address=10.88.0.13/24")
            try await site.muster("deploy", machine.name, SystemSite.image, "--yes")
            // Its firmware would ask again by itself after a while.
            try await lab.reset(machine.name)
            try await lab.waitForConsole(machine.name, toSay: "muster: enrol: this machine is n3", limit: .seconds(300))
            #expect(try await site.status(machine.name)?.deployment?.state != .armed)
            let list = try await site.muster("discover", "list", "--output", "json")
            #expect(!list.contains(machine.mac.description))
        }
    }

    private func waitUntilDiscovered(_ machine: LabMachine, _ site: SystemSite) async throws {
        let found = try await waitForState(
            otherwise: "\(machine.mac) was not discovered", limit: .seconds(300), every: .milliseconds(500)
        ) {
            let text = try await site.muster("discover", "list", "--output", "json")
            let list = try MusterJSON.decode(DiscoveryList.self, from: Array(text.utf8), of: "discoveries")
            return list.machines.first { $0.mac == machine.mac && $0.count >= 2 }
        }
        #expect(found.uuid == machine.uuid)
    }

    @Test("a corrupted root image is refused, in plain words on the console and in the trace")
    func corruptedImage() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(4)
        let chunks = try site.manifest.root.chunks
        let chunk = "\(site.stateDirectory)/public\(chunks[chunks.count / 2].path)"
        try turnOver(chunk)
        defer { try? turnOver(chunk) }
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, SystemSite.image, "--yes", "--force")
            try await lab.start(machine.name)
            let status = try await site.wait(for: machine.name) { status in
                status.deployment?.state == .failed || status.deployment?.lastStep?.contains("refused") == true
            }
            let trace = try await site.trace(machine.name)
            let refusal = trace.events.last { $0.step == Step.rootImage && $0.status != .progress }
            #expect(
                refusal?.message.contains("a chunk of the root file system of debian-12") == true,
                "\(String(describing: status.deployment))")
            #expect(refusal?.message.contains("is refused") == true && refusal?.message.contains("sha256:") == true)
            #expect(!trace.events.contains { $0.step == Step.switchRoot && $0.status == .done })
            try await lab.waitForConsole(machine.name, toSay: "is refused", limit: .seconds(60))
        }
    }

    /// Turns one octet in the middle of a file over, and back again.
    private func turnOver(_ path: String) throws {
        let handle = try #require(fopen(path, "r+b"))
        defer { fclose(handle) }
        fseek(handle, 0, SEEK_END)
        let middle = ftell(handle) / 2
        fseek(handle, middle, SEEK_SET)
        let octet = fgetc(handle)
        fseek(handle, middle, SEEK_SET)
        fputc(octet ^ 0xff, handle)
    }

    @Test("musterd is killed in the middle of a boot and started again, and the machine still arrives")
    func killedService() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(5)
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, SystemSite.image, "--yes", "--force")
            try await lab.start(machine.name)
            try await lab.waitForConsole(machine.name, toSay: "root-image: ", limit: .seconds(600))
            try await site.kill("musterd", in: lab)
            try await lab.start("musterd")
            try await site.waitUntilDeployed(machine.name)
            // A reset takes the key away with the memory that held it: the machine is deployed anew, with a new one.
            let first = try await site.trace(machine.name).deployment.id
            try await lab.reset(machine.name)
            _ = try await site.wait(for: machine.name) { $0.deployment.map { $0.id != first } ?? false }
            try await site.waitUntilDeployed(machine.name)
            #expect(try await site.trace(machine.name).earlier.first == first)
        }
    }

    @Test("a tethered machine has the content that was packed, and waits while no server is there")
    func tethered() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(7)
        try await site.makeTetheredProfile("tethered")
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "tethered", "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            let mounts = try await site.ssh(
                lab, machine, "awk '$2 == \"/\" { print $3 }' /proc/mounts; cat /proc/1/comm; pidof muster-root")
            #expect(mounts.output.hasPrefix("overlay\nsystemd\n"), "\(mounts.output) \(mounts.errors)")
            // Of what was not read before, while musterd is away: the read waits, and goes on without an error.
            try await site.kill("musterd", in: lab)
            async let digest = site.ssh(lab, machine, Self.contentDigest(of: "/usr/share"))
            try await lab.waitForConsole(
                machine.name, toSay: "the root file system has been waiting for the servers", limit: .seconds(120))
            try await lab.start("musterd")
            let found = try await digest
            let tree = try TemporaryDirectory()
            try await site.muster("image", "unpack", SystemSite.image, tree.path("root"))
            let wanted = try await site.onHost(
                Self.contentDigest(of: tree.path("root") + "/usr/share"))
            #expect(found.exitCode == 0 && found.output == wanted, "\(found.output) \(found.errors)")
        }
    }

    /// A shell command that gives one digest of all files' content below a directory.
    static func contentDigest(of directory: String) -> String {
        "find \(directory) -type f | LC_ALL=C sort | xargs -d '\\n' cat | sha256sum | cut -d' ' -f1"
    }

    @Test("beside a foreign DHCP server, which gives the addresses, Muster adds where to boot from")
    func proxy() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(6)
        let settings = "networks:\n  - interface: muster0\n    mode: proxy\nheartbeat: 5\n"
        // On a host of its own, as a foreign server is: a network namespace with a link to the lab's bridge.
        let dnsmasq = LabService(
            name: "dnsmasq", executable: "/bin/sh",
            arguments: [
                "-c",
                """
                ip link add foreign0 type veth peer name foreign1
                ip link set foreign0 master muster0 up
                unshare --net sh -c 'until ip link show foreign1 2>/dev/null; do sleep 0.1; done
                    ip link set foreign1 up; ip address add 10.88.0.2/24 dev foreign1
                    exec /usr/sbin/dnsmasq -d --port=0 --user=root --conf-file=/dev/null --interface=foreign1 \
                        --bind-interfaces --dhcp-range=10.88.0.100,10.88.0.150,255.255.255.0,1h --log-dhcp \
                        --dhcp-leasefile=/dev/null --leasefile-ro' &
                while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.1; done
                ip link set foreign1 netns $!
                wait
                """,
            ])
        try await site.withLab([machine], settings: settings, services: [dnsmasq]) { lab in
            try await site.define(machine, withAddress: false)
            try await site.muster("node", "set", machine.name, "net.ipv4_method=dhcp")
            try await site.muster("deploy", machine.name, SystemSite.image, "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            let log = try Files.readText("\(site.stateDirectory)/lab/dnsmasq.log")
            #expect(log.contains("DHCPACK"))
        }
    }
}
