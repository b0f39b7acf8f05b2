import LinuxSystem
import MusterAPI
import MusterBase
import OSFamilies

/// The network of a deployed image, for systemd-networkd: the node's plan, and the names that its links have by now.
public struct NetworkFiles: Sendable {
    let plan: NetworkPlan
    let boot: NetworkState
    /// True for a system whose links have their names from this boot already: the root is switched, and they are up.
    let keepsLinkNames: Bool

    public init(configuration: NodeConfiguration, boot: NetworkState, keepsLinkNames: Bool = true) {
        plan = NetworkPlan(of: configuration, on: boot)
        self.boot = boot
        self.keepsLinkNames = keepsLinkNames
    }

    public var changes: [RootChange] {
        var changes = NetworkdFiles(plan).files.map(RootChange.init)
        for link in boot.links where keepsLinkNames {
            guard let text = nameText(link) else { continue }
            changes.append(.text("/etc/systemd/network/05-muster-\(link.name).link", text))
        }
        if let resolver = ResolverFile(plan).file { changes.append(RootChange(resolver)) }
        return changes
    }

    /// The links are up, and kernels before 6.2 do not rename such: systemd 252 would then wait for the new name for
    /// ever. So each keeps the name that it has, and gets the others beside it.
    private func nameText(_ link: NetworkLink) -> String? {
        guard let address = link.address else { return nil }
        return """
            [Match]
            MACAddress=\(address)
            Type=ether

            [Link]
            NamePolicy=
            Name=\(link.name)
            AlternativeNamesPolicy=database onboard slot path mac
            MACAddressPolicy=none

            """
    }
}

extension RootChange {
    /// A file of a network plan.
    init(_ file: NetworkFile) { self = .text(file.path, file.text, mode: file.mode) }
}
