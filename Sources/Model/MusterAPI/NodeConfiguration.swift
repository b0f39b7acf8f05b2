import DeploymentModel
import MusterBase

/// What an installation to disk wants to know beyond what every method does, whoever does it.
public struct InstallConfiguration: Codable, Sendable, Hashable {
    /// As ``DiskRule`` reads it.
    public var diskRule: String
    public var mayWipeDisk: Bool
    /// For the boot from disk: the profile's own, and `console=`.
    public var kernelArguments: [String]
    public var preScripts: [StageScript]
    public var postScripts: [StageScript]
    public var firstbootScripts: [StageScript]

    public init(
        diskRule: String, mayWipeDisk: Bool, kernelArguments: [String], preScripts: [StageScript],
        postScripts: [StageScript], firstbootScripts: [StageScript]
    ) {
        self.diskRule = diskRule
        self.mayWipeDisk = mayWipeDisk
        self.kernelArguments = kernelArguments
        self.preScripts = preScripts
        self.postScripts = postScripts
        self.firstbootScripts = firstbootScripts
    }
}

/// Which disk of a machine keeps the chunks of its tethered root.
public struct FillDiskConfiguration: Codable, Sendable, Hashable {
    /// As ``DiskRule`` reads it.
    public var diskRule: String
    public var mayWipeDisk: Bool

    public init(diskRule: String, mayWipeDisk: Bool) {
        self.diskRule = diskRule
        self.mayWipeDisk = mayWipeDisk
    }
}

/// The version of an image that a node runs, and what it takes to get it.
public struct ImageAssignment: Codable, Sendable, Hashable {
    public var reference: ImageReference
    /// Of the manifest's bytes.
    public var manifestDigest: ContentDigest
    /// What the chunks of the image are encrypted with: 64 hexadecimal digits, a secret. Empty for a system that is on its
    /// disk already.
    public var chunkKey: String
    /// Where a tethered root is kept in the end.
    public var fill: RootFill
    /// Present for the fill `disk` alone.
    public var fillDisk: FillDiskConfiguration?
    /// What lies where on the disk; present for the method `installtodisk` alone.
    public var disk: InstallSettings?

    public init(
        reference: ImageReference, manifestDigest: ContentDigest, chunkKey: String, fill: RootFill = .none,
        fillDisk: FillDiskConfiguration? = nil, disk: InstallSettings? = nil
    ) {
        self.reference = reference
        self.manifestDigest = manifestDigest
        self.chunkKey = chunkKey
        self.fill = fill
        self.fillDisk = fillDisk
        self.disk = disk
    }
}

/// The distributor's installer that puts a node's system on its disk.
public struct InstallerAssignment: Codable, Sendable, Hashable {
    /// Its name.
    public var medium: String
    /// Which installer it is: `debian`, `el`.
    public var family: String
    /// The `ID` of the system's os-release(5), its version where the medium tells it, and its processor as the kernel names it.
    public var distribution: String
    public var version: String?
    public var architecture: String
    /// The profile's answers, the same for each of its nodes.
    public var answers: StageScript

    public init(
        medium: String, family: String, distribution: String, version: String?, architecture: String,
        answers: StageScript
    ) {
        self.medium = medium
        self.family = family
        self.distribution = distribution
        self.version = version
        self.architecture = architecture
        self.answers = answers
    }
}

/// All that is particular to a node, given to it alone.
public struct NodeConfiguration: Codable, Sendable, Hashable {
    public var node: String
    /// Short host name.
    public var hostname: String
    public var domain: String?
    public var deployment: String
    public var profile: String
    public var method: DeploymentMethod
    /// Either this or `installer` is present.
    public var image: ImageAssignment?
    public var installer: InstallerAssignment?
    public var interfaces: [InterfaceConfiguration]
    public var dnsServers: [IPv4Address]
    public var ntpServers: [String]
    public var timeZone: String?
    public var locale: String?
    public var keyboard: String?
    /// SSH public keys in OpenSSH's one-line form that may log in as root.
    public var rootKeys: [String]
    /// crypt(3) text for root's password; absent: no password log-in for root.
    public var rootPasswordCrypt: String?
    /// Public key of the authority that signs users' SSH keys, in OpenSSH's one-line form.
    public var userAuthority: String?
    /// Lines for ssh_known_hosts: the site's host authority.
    public var knownHosts: [String]
    public var onbootScripts: [StageScript]
    /// Addresses and ports of all members' HTTPS ports, as `10.0.0.1:443`.
    public var members: [String]
    /// The same of servers that have the public files alone, and certificates of this site.
    public var mirrors: [String]
    /// Seconds between heartbeats of the running system.
    public var heartbeatInterval: Int
    /// Present for the methods that write to a disk.
    public var install: InstallConfiguration?
    /// Absent when the server has nothing to do in the stages.
    public var work: StageWork?

    public init(
        node: String, hostname: String, domain: String?, deployment: String, profile: String,
        method: DeploymentMethod, image: ImageAssignment? = nil, installer: InstallerAssignment? = nil,
        interfaces: [InterfaceConfiguration], dnsServers: [IPv4Address], ntpServers: [String], timeZone: String?,
        locale: String?, keyboard: String?, rootKeys: [String], rootPasswordCrypt: String?, userAuthority: String?,
        knownHosts: [String], onbootScripts: [StageScript], members: [String], mirrors: [String] = [],
        heartbeatInterval: Int, install: InstallConfiguration? = nil, work: StageWork? = nil
    ) {
        self.node = node
        self.hostname = hostname
        self.domain = domain
        self.deployment = deployment
        self.profile = profile
        self.method = method
        self.image = image
        self.installer = installer
        self.interfaces = interfaces
        self.dnsServers = dnsServers
        self.ntpServers = ntpServers
        self.timeZone = timeZone
        self.locale = locale
        self.keyboard = keyboard
        self.rootKeys = rootKeys
        self.rootPasswordCrypt = rootPasswordCrypt
        self.userAuthority = userAuthority
        self.knownHosts = knownHosts
        self.onbootScripts = onbootScripts
        self.members = members
        self.mirrors = mirrors
        self.heartbeatInterval = heartbeatInterval
        self.install = install
        self.work = work
    }

    /// What the node runs or is to run, for people: `debian-12@7`, or the medium.
    public var system: String { image?.reference.description ?? installer?.medium ?? "nothing" }
}
