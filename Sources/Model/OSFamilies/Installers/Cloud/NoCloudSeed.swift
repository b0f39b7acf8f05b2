import MusterBase

/// The files of cloud-init's data source NoCloud, by which an image for clouds becomes a machine of a site (cloud-init's
/// documentation, "NoCloud").
///
/// `user-data` is the profile's, as it is, in whatever form cloud-init takes. What is particular to the machine stands in
/// `vendor-data` and goes under it.
public struct NoCloudSeed: Sendable, Hashable {
    public let machine: MachineAnswers
    /// A new one makes cloud-init do all as at a first start.
    public let instance: String
    public let userData: String

    public init(machine: MachineAnswers, instance: String, userData: String) {
        self.machine = machine
        self.instance = instance
        self.userData = userData
    }

    /// Where cloud-init looks for them in a root file system.
    public static let directory = "/var/lib/cloud/seed/nocloud"

    /// Their names and texts.
    public var files: [String: String] {
        var files = ["meta-data": metaData, "user-data": userData, "vendor-data": vendorData]
        if !machine.network.isEmpty { files["network-config"] = network }
        return files
    }

    private var metaData: String {
        var lines = ["instance-id: \(YAMLScalar.quoted(instance))"]
        if let name = machine.fullName { lines.append("local-hostname: \(YAMLScalar.quoted(name))") }
        return lines.map { "\($0)\n" }.joined()
    }

    /// netplan's YAML without its first key: version and links stand at the top.
    private var network: String {
        guard let sections = try? YAMLSections(YAMLSections.lines(of: machine.network), in: "network-config"),
            let inner = try? sections.contains("network") ? sections.mapping("network", in: "network-config") : sections
        else { return machine.network }
        let text = inner.lines.joined(separator: "\n")
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    private var vendorData: String {
        var lines = ["#cloud-config"]
        if let name = machine.validHostname { lines.append("hostname: \(YAMLScalar.quoted(name))") }
        if let name = machine.fullName { lines.append("fqdn: \(YAMLScalar.quoted(name))") }
        if let zone = machine.validTimeZone { lines.append("timezone: \(YAMLScalar.quoted(zone))") }
        if let locale = machine.validLocale { lines.append("locale: \(YAMLScalar.quoted(locale))") }
        let servers = machine.validNTPServers
        if !servers.isEmpty { lines += ["ntp:", "  enabled: true", "  servers: \(YAMLScalar.list(servers))"] }
        lines += ["disable_root: false", "ssh_deletekeys: false", "users:"]
        lines += ["  - default", "  - name: root", "    lock_passwd: \(machine.validCrypt == nil)"]
        if let crypt = machine.validCrypt { lines.append("    hashed_passwd: \(YAMLScalar.quoted(crypt))") }
        if !machine.validKeys.isEmpty {
            lines.append("    ssh_authorized_keys: \(YAMLScalar.list(machine.validKeys))")
        }
        return lines.map { "\($0)\n" }.joined()
    }
}
