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

/// Machines whose root is read over HTTPS, from several servers, and what becomes of it when one is bad or gone.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct TetheredBootTests {
    /// The second server's ports, in the same network.
    private static let mirrorAddress = "10.88.0.1:8443"

    @Test("of two servers one gives wrong chunks, then one is killed: the machine reads on, and tells what was refused")
    func twoServers() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(8)
        try await site.makeTetheredProfile("tethered")
        let mirror = try await Mirror(of: site)
        let wrong = try mirror.turnOverChunks(oneIn: 4)
        let settings =
            "networks:\n  - interface: muster0\n    mode: own\nheartbeat: 5\nmirrors: [\(Self.mirrorAddress)]\n"
        try await site.withLab([machine], settings: settings, services: [mirror.service]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "tethered", "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            let refusal = try await waitForState(
                otherwise: "the trace tells of no chunk that was refused", limit: .seconds(60), every: .seconds(1)
            ) {
                try await site.trace(machine.name).events.first { $0.message.contains("wrong chunk") }
            }
            #expect(refusal.message.hasPrefix("\(Self.mirrorAddress) gave a wrong chunk"), "\(refusal.message)")
            #expect(refusal.step == Step.rootImage && refusal.status == .retrying)
            #expect(try await site.status(machine.name)?.deployment?.state == .deployed)
            try mirror.putRight(wrong)
            try await expectReadingOutlivesServer(on: machine, site, lab)
        }
    }

    /// Reads all of the system on the machine, and kills the first server in the middle of it.
    private func expectReadingOutlivesServer(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let tree = try TemporaryDirectory()
        try await site.muster("image", "unpack", SystemSite.image, tree.path("root"))
        let wanted = try await site.onHost("perl -e '\(Self.reader)' \(tree.path("root"))/usr \(tree.path("progress"))")
        async let reading = site.ssh(lab, machine, "perl -e '\(Self.reader)' /usr /run/progress")
        let total = try #require(Int(wanted.split(separator: " ").first ?? ""))
        func progress() async throws -> Int {
            Int(try await site.ssh(lab, machine, "cat /run/progress").output.filter(\.isNumber)) ?? 0
        }
        try await waitForState(otherwise: "nothing is read", limit: .seconds(60), every: .milliseconds(200)) {
            try await progress() > total / 20 ? () : nil
        }
        try await lab.signal("musterd", SIGKILL)
        let then = try await progress()
        #expect(then < total * 3 / 4, "nearly all of it was read before the server was killed")
        let found = try await reading
        // Octets, files, digest; errors; the longest pause.
        #expect(found.exitCode == 0)
        let (own, other) = (found.output.split(separator: " "), wanted.split(separator: " "))
        #expect(own.count == 5 && own.prefix(4) == other.prefix(4), "\(found.output) \(found.errors), wanted \(wanted)")
        let pause = try #require(Double(own.last?.filter { !$0.isNewline } ?? ""))
        print("longest pause of a read while one of two servers was killed: \(pause) s")
        #expect(pause < 2)
        let status = try await site.ssh(lab, machine, "cat /run/muster-agent/tethered.json; dmesg")
        #expect(!status.output.contains("I/O error"), "\(status.output.suffix(2000))")
    }

    /// Reads all files below a directory and says: octets, files, a digest of all, errors, and the longest time that one
    /// read took, in seconds. Meanwhile the octets so far are in a file.
    private static let reader = """
        use Time::HiRes qw(time); use Digest::SHA; my ($top, $told) = @ARGV; my ($n, $files, $bad, $max) = (0, 0, 0, 0);
        my $sha = Digest::SHA->new(256);
        sub visit { my $d = shift; opendir(my $h, $d) or do { $bad++; return };
          for my $e (sort readdir $h) { next if $e eq "." or $e eq ".."; my $p = "$d/$e";
            next if -l $p or $p =~ m{/usr/lib/muster$};
            if (-d $p) { visit($p); next } next unless -f $p;
            open(my $f, "<", $p) or do { $bad++; next }; binmode $f; $files++;
            while (1) { my $s = time; my $r = sysread($f, my $b, 262144); my $t = time - $s; $max = $t if $t > $max;
              if (!defined $r) { $bad++; last } last if $r == 0; $n += $r; $sha->add($b) }
            if ($files % 50 == 0) { open(my $o, ">", $told); print $o $n; close $o } } }
        visit($top); print join(" ", $n, $files, $sha->hexdigest, $bad, $max), "\\n";
        """.split(separator: "\n").joined(separator: " ")

    @Test("a root that is brought into memory behind what is read needs no server any more, and the order is kept")
    func filled() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(9)
        try await site.makeTetheredProfile("filled", fill: .memory)
        let order = try await orderFile(site)
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "filled", "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            let attached = try await site.trace(machine.name).events.first {
                $0.step == Step.mountRoot && $0.status == .done
            }
            #expect(
                attached?.message.contains("ahead as a machine before this one read it") == true,
                "\(attached?.message ?? "")")
            #expect(attached?.message.contains("writable layer in compressed memory") == true)
            let status = try await site.wait(for: machine.name, limit: .seconds(120)) { $0.tethered == false }
            #expect(status.deployment?.state == .deployed)
            try await waitForState(
                otherwise: "the trace does not say that it is untethered", limit: .seconds(60), every: .seconds(1)
            ) {
                try await site.trace(machine.name).events.first { $0.message.contains("no server is needed") }
            }
            let kept = try await waitForState(
                otherwise: "the order is not kept", limit: .seconds(60), every: .seconds(1)
            ) {
                let order = try MusterJSON.decode(BootOrder.self, from: Files.read(order), of: order).order
                return order.count > 1 ? order : nil
            }
            #expect(kept.count < (try site.manifest.root.chunks.count))
            try await lab.signal("musterd", SIGKILL)
            let found = try await site.ssh(lab, machine, "perl -e '\(Self.reader)' /usr /run/progress")
            let tree = try TemporaryDirectory()
            try await site.muster("image", "unpack", SystemSite.image, tree.path("root"))
            let wanted = try await site.onHost(
                "perl -e '\(Self.reader)' \(tree.path("root"))/usr \(tree.path("progress"))")
            #expect(found.output.split(separator: " ").prefix(4) == wanted.split(separator: " ").prefix(4))
        }
    }

    @Test(
        "a root that is brought to a local disk needs no server any more, and the next boot finds it there",
        .enabled(if: ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil, "two boots: see ./test full"))
    func filledDisk() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(10, disks: [1024])
        try await site.makeTetheredProfile("ondisk", fill: .disk)
        let count = try site.manifest.root.chunks.count
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "ondisk", "--yes", "--force")
            try await lab.start(machine.name)
            _ = try await waitUntilOnDisk(site, machine)
            let disk = try await site.trace(machine.name).events.first { $0.step == Step.disk }
            #expect(disk?.message.contains("brought to vda1") == true, "\(disk?.message ?? "")")
            try await site.muster("deploy", machine.name, "ondisk", "--yes", "--force")
            try await lab.reset(machine.name)
            let again = try await waitUntilOnDisk(site, machine)
            let found = Int(again.drop { $0 != "(" }.dropFirst().prefix(while: \.isNumber)) ?? 0
            #expect(found > 0 && found >= count, "\(again), of \(count)")
            try await lab.signal("musterd", SIGKILL)
            let read = try await site.ssh(
                lab, machine, "echo 3 > /proc/sys/vm/drop_caches; perl -e '\(Self.reader)' /usr /run/progress")
            let tree = try TemporaryDirectory()
            try await site.muster("image", "unpack", SystemSite.image, tree.path("root"))
            let wanted = try await site.onHost(
                "perl -e '\(Self.reader)' \(tree.path("root"))/usr \(tree.path("progress"))")
            #expect(read.output.split(separator: " ").prefix(4) == wanted.split(separator: " ").prefix(4))
        }
    }

    /// What the trace says when the root is on the disk as a whole.
    private func waitUntilOnDisk(_ site: SystemSite, _ machine: LabMachine) async throws -> String {
        try await site.waitUntilDeployed(machine.name)
        return try await waitForState(
            otherwise: "the root is not brought to the disk", limit: .seconds(180), every: .seconds(1)
        ) {
            try await site.trace(machine.name).events.first { $0.message.contains("on this machine's disk as a whole") }
        }.message
    }

    /// Puts an order of one chunk in the place of what former boots told.
    private func orderFile(_ site: SystemSite) async throws -> String {
        let manifest = try site.manifest
        let version = "\(site.stateDirectory)/public/images/\(manifest.name)/\(manifest.version)"
        let digest = try await site.onHost("sha256sum \(version).manifest").prefix(64)
        let order = BootOrder(
            manifest: try #require(ContentDigest("sha256:\(digest)")), order: [0],
            chunks: manifest.root.chunks.count)
        try AtomicFile.write(MusterJSON.encode(try #require(order)), to: "\(version)/\(BootOrder.fileName)")
        return "\(version)/\(BootOrder.fileName)"
    }
}
