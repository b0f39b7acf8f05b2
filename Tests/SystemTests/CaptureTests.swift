import Lab
import LinuxSystem
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A running machine becomes an image.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct CaptureTests {
    @Test("a running machine is captured without its secrets, and another one runs what was captured")
    func captures() async throws {
        let site = try await SystemSite.ready()
        let (model, other) = (site.machine(8), site.machine(9, .uefi))
        try await site.withLab([model, other]) { lab in
            try await site.define(model)
            try await site.muster("deploy", model.name, SystemSite.image, "--yes", "--force")
            try await lab.start(model.name)
            try await site.waitUntilDeployed(model.name)
            let prepared = try await site.ssh(lab, model, Self.prepare)
            #expect(prepared.exitCode == 0, "\(prepared.errors)")
            let wanted = try await site.ssh(lab, model, BootTests.contentDigest(of: "/usr/share"))
            let captured = try await lab.run([
                "\(site.programs)/muster", "image", "capture", model.name, "golden", "--identity",
                site.administratorKey,
                "--state-dir", site.stateDirectory,
            ])
            #expect(captured.exitCode == 0, "\(String(decoding: captured.standardError, as: UTF8.self))")
            try await lab.stop(model.name)
            try await site.muster("image", "pack", "golden")
            try await check(site, digest: wanted.output)

            if !Files.exists("\(site.stateDirectory)/public/os/golden/profile.yaml") {
                try await site.muster("profile", "create", "golden", "golden")
            }
            try await site.define(other)
            try await site.muster("deploy", other.name, "golden", "--yes", "--force")
            try await lab.start(other.name)
            try await site.waitUntilDeployed(other.name)
            let found = try await site.ssh(
                lab, other,
                "cat /opt/golden/file; stat -c '%u:%g %a %h' /opt/golden/file; hostname; ls /root/.ssh/id_ed25519")
            #expect(found.output == "golden\n1234:4321 4750 2\n\(other.name)\n", "\(found.output) \(found.errors)")
        }
    }

    /// A file of many attributes, and a secret that a person left.
    private static let prepare = """
        set -e
        mkdir -p /opt/golden && echo golden >/opt/golden/file
        chown 1234:4321 /opt/golden/file && chmod 4750 /opt/golden/file && ln /opt/golden/file /opt/golden/second
        mkdir -p /root/.ssh && echo secret >/root/.ssh/id_ed25519
        """

    /// Looks at what was packed.
    private func check(_ site: SystemSite, digest: String) async throws {
        let tree = try TemporaryDirectory()
        let root = tree.path("root")
        try await site.muster("image", "unpack", "golden", root)
        #expect(try await site.onHost(BootTests.contentDigest(of: root + "/usr/share")) == digest)
        #expect(try await site.onHost("stat -c '%u:%g %a %h' \(root)/opt/golden/file") == "1234:4321 4750 2\n")
        for secret in ["root/.ssh", "etc/hostname", "var/lib/muster-agent"] {
            #expect(!Files.exists("\(root)/\(secret)"), "\(secret)")
        }
        #expect(try Files.names(in: "\(root)/etc/ssh").allSatisfy { !$0.hasPrefix("ssh_host_") })
        #expect(try Files.read("\(root)/etc/machine-id").isEmpty)
        // Debian's journal has an access list from its package on.
        #expect(ExtendedAttributes.value(of: "system.posix_acl_access", at: "\(root)/var/log/journal") != nil)
    }
}
