import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Configurations of Ignition (its specification 3.3.0; a machine's own part is 3.0.0, which all take).
struct IgnitionAnswers {
    let machine: MachineAnswers
    let isFlatcar: Bool
    /// Who logs in besides root: the distribution's own user.
    static let user = "core"

    /// The profile's configuration with the machine's own in it, which prevails: what is merged into a configuration goes over
    /// it.
    func installed(profile: String) throws(MusterError) -> JSONValue {
        var answers = try JSONValue(profile, in: "config.ign")
        guard answers["ignition"]?["version"]?.asText?.hasPrefix("3.") == true else {
            throw MusterError(
                .unsupported, "config.ign is no configuration of Ignition's specification 3",
                advice: "it begins with { \"ignition\": { \"version\": \"3.3.0\" } }")
        }
        let own = try self.own()
        let source = Self.address(of: own.compactText)
        var config = answers["ignition"]?["config"] ?? [:]
        config["merge"] = .list((config["merge"]?.asList ?? []) + [["source": .text(source)]])
        answers["ignition"]?["config"] = config
        return answers
    }

    /// What is particular to the machine.
    func own() throws(MusterError) -> JSONValue {
        var files: [JSONValue] = []
        if let name = machine.fullName { files.append(Self.file("/etc/hostname", name + "\n")) }
        if let layout = machine.keyboardLayouts.first {
            files.append(Self.file("/etc/vconsole.conf", "KEYMAP=\(layout.layout)\n"))
        }
        if let locale = machine.validLocale { files.append(Self.file("/etc/locale.conf", "LANG=\(locale)\n")) }
        if !machine.validNTPServers.isEmpty { files.append(timeServers) }
        var storage: JSONValue = ["files": .list(files)]
        if let zone = machine.validTimeZone {
            let link: JSONValue = [
                "path": "/etc/localtime", "overwrite": true, "target": .text("../usr/share/zoneinfo/\(zone)"),
            ]
            storage["links"] = [link]
        }
        var own: JSONValue = [
            "ignition": ["version": "3.0.0"], "storage": storage, "passwd": ["users": .list(users)],
        ]
        if !machine.network.isEmpty {
            let network = try JSONValue(machine.network, in: "the machine's network")
            let more = network["storage"]?["files"]?.asList ?? []
            own["storage"]?["files"] = .list(files + more)
        }
        return own
    }

    private var users: [JSONValue] {
        ["root", Self.user].map { name in
            var user: JSONValue = ["name": .text(name)]
            if !machine.validKeys.isEmpty { user["sshAuthorizedKeys"] = .list(machine.validKeys.map { .text($0) }) }
            if name == "root", let crypt = machine.validCrypt { user["passwordHash"] = .text(crypt) }
            return user
        }
    }

    /// For systemd-timesyncd, which Flatcar has, or for chrony, which Fedora CoreOS has.
    private var timeServers: JSONValue {
        let servers = machine.validNTPServers
        if isFlatcar {
            let text = "[Time]\nNTP=\(servers.joined(separator: " "))\n"
            return Self.file("/etc/systemd/timesyncd.conf.d/muster.conf", text)
        }
        let lines =
            servers.map { "server \($0) iburst" } + ["driftfile /var/lib/chrony/drift", "makestep 1.0 3", "rtcsync"]
        return Self.file("/etc/chrony.conf", lines.map { "\($0)\n" }.joined())
    }

    /// A text as the address of itself (RFC 2397).
    private static func address(of text: String) -> String {
        "data:;base64," + Data(text.utf8).base64EncodedString()
    }

    static func file(_ path: String, _ text: String, mode: Int64 = 0o644) -> JSONValue {
        [
            "path": .text(path), "overwrite": true, "mode": .integer(mode),
            "contents": ["source": .text(address(of: text))],
        ]
    }

    static func unit(_ name: String, _ text: String) -> JSONValue {
        ["name": .text(name), "enabled": true, "contents": .text(text)]
    }

    /// A new profile's configuration. Nothing but the version, or units that are never to run.
    static func profile(masking units: [String]) -> String {
        var value: JSONValue = ["ignition": ["version": "3.3.0"]]
        if !units.isEmpty {
            value["systemd"] = ["units": .list(units.map { ["name": .text($0), "mask": true] })]
        }
        return value.prettyText
    }
}
