import DeploymentModel
import MusterBase

/// Who a machine's link-layer address belongs to at this moment: what binds an enrolment to a link.
public struct LinkTable: Sendable {
    /// The hardware address that holds an IPv4 address: by Muster's own leases, else by the kernel's neighbour table.
    public let macAddress: @Sendable (IPv4Address) async -> MACAddress?

    public init(macAddress: @escaping @Sendable (IPv4Address) async -> MACAddress?) {
        self.macAddress = macAddress
    }
}

/// Signs for the site. The certificate authority stands behind it.
public struct SiteSigner: Sendable {
    /// A host certificate for a public key in OpenSSH's one-line form, valid for those names and addresses only.
    public let signHostKey: @Sendable (_ publicKey: String, _ node: String, _ principals: [String]) throws -> String
    /// Public key of the authority for users' keys, in one line.
    public let userAuthority: String
    /// Lines for ssh_known_hosts.
    public let knownHosts: [String]

    public init(
        signHostKey: @escaping @Sendable (String, String, [String]) throws -> String, userAuthority: String,
        knownHosts: [String]
    ) {
        self.signHostKey = signHostKey
        self.userAuthority = userAuthority
        self.knownHosts = knownHosts
    }
}
