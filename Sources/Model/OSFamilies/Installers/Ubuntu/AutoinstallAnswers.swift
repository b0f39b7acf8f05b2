import MusterBase

/// The profile's autoinstall file with a machine's own keys in it.
struct AutoinstallAnswers {
    let machine: MachineAnswers
    let system: InstalledSystem

    private static let name = "autoinstall.yaml"

    func text(joinedTo profile: String) throws(MusterError) -> String {
        var answers = try YAMLSections(YAMLSections.lines(of: profile), in: Self.name)
        // As cloud-init wants it: `#cloud-config`, and all below one key.
        if answers.contains("autoinstall") { answers = try answers.mapping("autoinstall", in: Self.name) }
        if !answers.contains("version") { answers.set("version", "1") }
        setPlace(in: &answers)
        try setAccess(in: &answers)
        try setNetwork(in: &answers)
        try setDisk(in: &answers)
        if machine.validDisk == nil {
            answers.add(hook(.disk), to: "early-commands", first: true)
        }
        answers.add(hook(.finish), to: "late-commands", first: false)
        let own = answers.lines.joined(separator: "\n")
        return own.hasSuffix("\n") ? own : own + "\n"
    }

    private func hook(_ hook: InstallerHook) -> String { YAMLScalar.list(machine.hook + [hook.rawValue]) }

    private func setPlace(in answers: inout YAMLSections) {
        if let locale = machine.validLocale { answers.set("locale", YAMLScalar.quoted(locale)) }
        if let keyboard = machine.keyboardLayouts.first {
            let variant = keyboard.variant.map { ["variant: \(YAMLScalar.quoted($0))"] } ?? []
            answers.set("keyboard", lines: ["layout: \(YAMLScalar.quoted(keyboard.layout))"] + variant)
        }
        if let zone = machine.validTimeZone, (system.majorVersion ?? 24) >= 22 {
            answers.set("timezone", YAMLScalar.quoted(zone))
        }
    }

    /// In the place of `identity`, whose user would have a password: what cloud-init does in the installed system. The host
    /// keys that are there stay, for they are certified.
    private func setAccess(in answers: inout YAMLSections) throws(MusterError) {
        var user = try answers.mapping("user-data", in: Self.name)
        if let name = machine.validHostname { user.set("hostname", YAMLScalar.quoted(name)) }
        if let name = machine.fullName { user.set("fqdn", YAMLScalar.quoted(name)) }
        if let zone = machine.validTimeZone { user.set("timezone", YAMLScalar.quoted(zone)) }
        let servers = machine.validNTPServers
        if !servers.isEmpty {
            user.set("ntp", lines: ["enabled: true", "servers: \(YAMLScalar.list(servers))"])
        }
        user.set("disable_root", "false")
        user.set("ssh_deletekeys", "false")
        if !user.contains("users") { user.set("users", lines: root) }
        answers.set("user-data", lines: user.lines)
    }

    /// Root, and nobody else.
    private var root: [String] {
        var lines = ["- name: root", "  lock_passwd: \(machine.validCrypt == nil)"]
        if let crypt = machine.validCrypt { lines.append("  hashed_passwd: \(YAMLScalar.quoted(crypt))") }
        if !machine.validKeys.isEmpty { lines.append("  ssh_authorized_keys:") }
        return lines + machine.validKeys.map { "    - \(YAMLScalar.quoted($0))" }
    }

    private func setNetwork(in answers: inout YAMLSections) throws(MusterError) {
        guard !machine.network.isEmpty else { return }
        let network = try YAMLSections(YAMLSections.lines(of: machine.network), in: "the machine's network")
        let inner = network.contains("network") ? try network.mapping("network", in: "the machine's network") : network
        answers.set("network", lines: inner.lines)
    }

    /// A layout of somebody's own (`config`) says itself which disks it wants.
    private func setDisk(in answers: inout YAMLSections) throws(MusterError) {
        guard let disk = machine.validDisk else { return }
        var storage = try answers.mapping("storage", in: Self.name)
        guard !storage.contains("config") else { return }
        var layout = try storage.mapping("layout", in: Self.name)
        if !layout.contains("name") { layout.set("name", "lvm") }
        layout.set("match", lines: ["path: \(YAMLScalar.quoted(disk))"])
        storage.set("layout", lines: layout.lines)
        answers.set("storage", lines: storage.lines)
    }
}
