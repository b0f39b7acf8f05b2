import MusterBase
import OSFamilies
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Ignition, Alpine's overlay and cloud-init's seed")
struct IgnitionTests {
    private struct Configuration: Decodable {
        struct Ignition: Decodable {
            struct Config: Decodable {
                struct Source: Decodable { let source: String }
                let merge: [Source]
            }
            let version: String
            let config: Config?
        }
        struct Storage: Decodable {
            struct File: Decodable {
                struct Contents: Decodable { let source: String }
                let path: String
                let contents: Contents
            }
            struct Link: Decodable { let target: String }
            let files: [File]
            let links: [Link]?
        }
        struct Passwd: Decodable {
            struct User: Decodable {
                let name: String
                let passwordHash: String?
                let sshAuthorizedKeys: [String]?
            }
            let users: [User]
        }
        struct Systemd: Decodable {
            struct Unit: Decodable {
                let name: String
                let contents: String?
            }
            let units: [Unit]
        }
        let ignition: Ignition
        let storage: Storage?
        let passwd: Passwd?
        let systemd: Systemd?
    }

    private func decode(_ text: String) throws -> Configuration {
        try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
    }

    private func text(of address: String) throws -> String {
        let lead = "data:;base64,"
        #expect(address.hasPrefix(lead))
        return String(decoding: try #require(Data(base64Encoded: String(address.dropFirst(lead.count)))), as: UTF8.self)
    }

    @Test("a machine's configuration is merged into the profile's, last, so that it prevails")
    func merged() throws {
        let profile = """
            {"ignition": {"version": "3.4.0", "config": {"merge": [{"source": "https://a/b"}]}},
             "systemd": {"units": [{"name": "a.service"}]}}
            """
        let files = try FlatcarInstaller().files(
            for: AnswerSamples.machine(), of: AnswerSamples.system("flatcar", "4152"), profile: profile)
        let whole = try decode(try #require(files.first).text)
        let merge = try #require(whole.ignition.config?.merge)
        #expect(whole.ignition.version == "3.4.0" && whole.systemd?.units.map(\.name) == ["a.service"])
        #expect(merge.count == 2 && merge.first?.source == "https://a/b")
        let own = try decode(try text(of: try #require(merge.last).source))
        #expect(own.ignition.version == "3.0.0")
        let users = try #require(own.passwd?.users)
        #expect(users.map(\.name) == ["root", "core"] && users.map(\.passwordHash) == [AnswerSamples.crypt, nil])
        #expect(users.allSatisfy { $0.sshAuthorizedKeys == [AnswerSamples.key] })
        let storage = try #require(own.storage)
        #expect(
            try text(of: try #require(storage.files.first { $0.path == "/etc/hostname" }).contents.source)
                == "n1.cluster.example\n")
        #expect(storage.files.contains { $0.path == "/etc/systemd/timesyncd.conf.d/muster.conf" })
        #expect(storage.links?.map(\.target) == ["../usr/share/zoneinfo/Europe/Berlin"])
    }

    @Test("the live system of Fedora CoreOS asks for the disk, installs, says so and starts anew, in this order")
    func live() throws {
        let system = AnswerSamples.system("fedora-coreos", "42")
        let profile = FedoraCoreOSInstaller().defaultAnswers(for: system, variant: .hpc)
        let first = try FedoraCoreOSInstaller().files(for: AnswerSamples.machine(), of: system, profile: profile)
        #expect(first.map(\.path) == ["/config.ign"] && !first[0].text.contains(AnswerSamples.crypt))
        let unit = try #require(try decode(first[0].text).systemd?.units.first?.contents)
        let commands = unit.split(separator: "\n").filter { $0.hasPrefix("ExecStart=") }.map { $0.dropFirst(10) }
        #expect(
            commands == [
                "/run/muster-agent/muster-agent installer-hook disk",
                "/usr/bin/coreos-installer install --config-file /run/muster-agent/installer.yaml",
                "/run/muster-agent/muster-agent installer-hook finish", "/usr/bin/systemctl --no-block reboot",
            ])
        let later = try FedoraCoreOSInstaller().files(
            for: AnswerSamples.machine(disk: "/dev/nvme0n1"), of: system, profile: profile)
        #expect(later.map(\.path) == ["/run/muster-agent/installed.ign", "/run/muster-agent/installer.yaml"])
        #expect(later[1].text.contains("\"dest-device\" : \"/dev/nvme0n1\"") && later[1].text.contains("\"quiet\""))
        #expect(try decode(later[0].text).systemd?.units.map(\.name) == ["zincati.service"])
    }

    @Test("a configuration of another specification is refused")
    func specification() {
        for profile in ["{}", "{\"ignition\": {\"version\": \"2.3.0\"}}", "{\"ignition\": 3}", "no"] {
            let error = caughtError {
                _ = try FlatcarInstaller().files(
                    for: AnswerSamples.bare(), of: AnswerSamples.system("flatcar", nil), profile: profile)
            }
            #expect(error?.message.hasPrefix("config.ign is no ") == true, "\(profile)")
        }
    }

    // MARK: Alpine

    @Test("Alpine's overlay has the packages, names, keys and services of a machine")
    func overlay() throws {
        let entries = AlpineInstaller().overlay(
            for: AnswerSamples.machine(), profile: "alpine-base\nopenssh chrony\n$(x)\n")
        func text(_ path: String) -> String? {
            entries.first { $0.path == path }.flatMap { if case .text(let text) = $0.content { text } else { nil } }
        }
        #expect(text("etc/apk/world") == "alpine-base\nopenssh\nchrony\n" && text("etc/hostname") == "n1\n")
        #expect(text("etc/apk/repositories") == "http://10.1.0.1/os/p/distribution/apks\n")
        #expect(text("root/.ssh/authorized_keys") == AnswerSamples.key + "\n")
        #expect(text("etc/chrony/chrony.conf")?.hasPrefix("server 10.1.0.1 iburst\n") == true)
        #expect(
            text("etc/local.d/muster.start")?.hasSuffix("printf '%s\\n' 'root:\(AnswerSamples.crypt)' | chpasswd -e\n")
                == true)
        #expect(entries.contains { $0.path == "etc/runlevels/default/sshd" && $0.content == .link("/etc/init.d/sshd") })
        #expect(Set(entries.map(\.path)).count == entries.count)
        let none = AlpineInstaller().overlay(for: AnswerSamples.hostile("x\ny"), profile: "alpine-base")
        #expect(!none.contains { ["etc/hostname", "etc/timezone", "etc/localtime"].contains($0.path) })
        #expect(!none.contains { $0.path.hasSuffix("/sshd") })
    }

    // MARK: cloud-init

    @Test("cloud-init's seed has the user's data as they are, and the machine's under them")
    func seed() throws {
        var machine = AnswerSamples.machine()
        machine.network = "network:\n  version: 2\n  ethernets: {}\n"
        let files = NoCloudSeed(machine: machine, instance: "d-1", userData: "#!/bin/sh\necho\n").files
        #expect(files.keys.sorted() == ["meta-data", "network-config", "user-data", "vendor-data"])
        #expect(files["user-data"] == "#!/bin/sh\necho\n")
        #expect(files["meta-data"] == "instance-id: \"d-1\"\nlocal-hostname: \"n1.cluster.example\"\n")
        #expect(files["network-config"] == "version: 2\nethernets: {}\n")
        #expect(files["vendor-data"]?.hasPrefix("#cloud-config\nhostname: \"n1\"\n") == true)
        let bare = NoCloudSeed(machine: AnswerSamples.hostile("a\nINJECTED: 1"), instance: "x\ny: z", userData: "")
            .files
        #expect(bare["meta-data"] == "instance-id: \"x\\ny: z\"\n" && bare["network-config"] == nil)
        #expect(bare["vendor-data"]?.contains("INJECTED") == false)
    }
}
