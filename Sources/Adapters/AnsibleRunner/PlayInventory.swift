import MusterBase

/// The inventory of one run: the node, and what its plays know of it.
struct PlayInventory {
    let order: PlayOrder
    /// Of Ansible's plugins: `ssh`.
    let connection: String
    /// Path of the private key.
    let key: String
    let sshArguments: [String]

    /// As Ansible's plugin `yaml` reads it. Values of attributes are marked as unsafe: braces in them are text, and no
    /// template that would be worked out on the server.
    var text: String {
        let settings: [(String, String)] = [
            ("ansible_host", order.address), ("ansible_user", "root"), ("ansible_connection", connection),
            ("ansible_ssh_private_key_file", key), ("ansible_ssh_common_args", sshArguments.joined(separator: " ")),
            ("ansible_python_interpreter", "auto_silent"),
        ]
        var facts: [(String, String)] = [
            ("node", order.node), ("hostname", order.hostname), ("profile", order.profile), ("stage", order.stage),
            ("deployment", order.deployment),
        ]
        if let image = order.image { facts.append(("image", image)) }
        let attributes = order.attributes.sorted { $0.key < $1.key }
        let lines =
            ["all:", "  hosts:", "    \(Self.quoted(order.node)):"]
            + settings.map { "      \($0): \(Self.quoted($1))" } + ["      muster:"]
            + facts.map { "        \($0): !unsafe \(Self.quoted($1))" }
            + [attributes.isEmpty ? "        attributes: {}" : "        attributes:"]
            + attributes.map { "          \(Self.quoted($0)): !unsafe \(Self.quoted($1))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A scalar in double quotes (YAML 1.1, section 5.7): all that is not printable ASCII is escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
