import MusterAPI

/// Who may log in to a node, and which hosts the node knows: the part of its identity that goes into any system, whoever
/// installed it.
struct AccessFiles: Sendable {
    let configuration: NodeConfiguration

    func changes(in tree: RootTree) -> [RootChange] {
        let shadow = tree.text("/etc/shadow") ?? ""
        var changes: [RootChange] = [
            .text("/etc/shadow", ShadowFile.settingRoot(shadow, crypt: configuration.rootPasswordCrypt), mode: 0o640)
        ]
        let keys = configuration.rootKeys.filter { !$0.contains(where: \.isNewline) }
        if !keys.isEmpty {
            changes.append(.directory(path: "/root/.ssh", mode: 0o700))
            changes.append(.text("/root/.ssh/authorized_keys", keys.joined(separator: "\n") + "\n", mode: 0o600))
        }
        let known = configuration.knownHosts.filter { !$0.contains(where: \.isNewline) }
        if !known.isEmpty { changes.append(.text("/etc/ssh/ssh_known_hosts", known.joined(separator: "\n") + "\n")) }
        return changes
    }
}
