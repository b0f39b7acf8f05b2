import DeploymentModel
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

extension SystemSite {
    /// Gives a profile files, and plays that note that they ran. The plays need no Python on the machine.
    func addFilesAndPlays(to profile: String, playStages: [String]) throws {
        let path = "\(stateDirectory)/public/os/\(profile)"
        let secret = "\(stateDirectory)/private/os/\(profile)/files"
        for directory in ["\(path)/files/tree/sub", secret] + playStages.map({ "\(path)/ansible/\($0).d" }) {
            try Files.createDirectory(directory)
        }
        for (name, text) in [
            ("motd", "synced\n"), ("tree/sub/deep", "deep\n"), ("accounts", "operator7:x:7777:7777::/:/bin/sh\n"),
            ("hosts", "10.88.0.200 somewhere\n"), ("more", "# appended\n"),
        ] { try AtomicFile.write(text, to: "\(path)/files/\(name)") }
        try AtomicFile.write("secret\n", to: "\(secret)/key", mode: 0o600)
        try AtomicFile.write(
            """
            motd -> /etc/motd (mode=0640)
            tree -> /opt/tree
            motd -> ~nowhere:/etc/not-here
            private:key -> /etc/secret-key (owner=operator7)
            MERGE:
            accounts -> /etc/passwd
            hosts -> /etc/hosts
            APPENDONCE:
            more -> /etc/fstab

            """, to: "\(path)/syncfiles")
        for stage in playStages {
            try AtomicFile.write(
                """
                - hosts: all
                  gather_facts: false
                  tasks:
                    - name: note
                      raw: "echo {{ muster.node }} {{ muster.stage }} >> /root/played"

                """, to: "\(path)/ansible/\(stage).d/10-note.yml")
        }
    }

    /// What a machine has of ``addFilesAndPlays(to:playStages:)``.
    func expectFiles(on machine: LabMachine, _ lab: Lab, plays: String) async throws {
        let command = """
            cat /etc/motd /opt/tree/sub/deep; stat -c %a /etc/motd; stat -c '%a %U' /etc/secret-key; cat /etc/secret-key; \
            grep -c somewhere /etc/hosts; grep -c '# appended' /etc/fstab; grep operator7 /etc/shadow; \
            test -e /etc/not-here || echo none; cat /root/played
            """
        let found = try await ssh(lab, machine, command)
        #expect(
            found.output == "synced\ndeep\n640\n600 operator7\nsecret\n1\n1\noperator7:*:::::::\nnone\n\(plays)",
            "\(found.errors)")
    }
}

extension BootTests {
    @Test("a machine gets the files of its profile before its scripts run, and the server runs its plays")
    func filesAndPlays() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(5)
        let path = "\(site.stateDirectory)/public/os/with-files"
        if !Files.exists(path) { try await site.muster("profile", "create", "with-files", SystemSite.image) }
        try site.addFilesAndPlays(to: "with-files", playStages: ["onboot"])
        try AtomicFile.write(
            "#!/bin/sh\ntest \"$(cat /etc/motd)\" = synced\n", to: "\(path)/scripts/onboot.d/10-check")
        defer { try? FileTree.remove(path) }
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "with-files", "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            try await site.expectFiles(on: machine, lab, plays: "\(machine.name) onboot\n")
            let messages = try await site.trace(machine.name).events.filter { $0.step == Step.onboot }.map(\.message)
            #expect(messages.contains { $0.hasPrefix("plays: 10-note.yml: note: changed") }, "\(messages)")
            #expect(messages.contains { $0.hasPrefix("files of the profile: ") }, "\(messages)")
        }
        let left = try Files.names(in: "\(site.stateDirectory)/private/plays")
        #expect(left.isEmpty, "keys of plays are left: \(left)")
    }
}
