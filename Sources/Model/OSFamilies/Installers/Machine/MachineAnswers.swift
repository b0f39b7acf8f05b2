/// What is particular to a machine, for the answers of any installer. Plain values, which come from attributes: what cannot
/// stand in an answer is left out of it.
public struct MachineAnswers: Sendable, Hashable {
    /// Short host name.
    public var hostname: String
    public var domain: String?
    /// `Europe/Berlin`.
    public var timeZone: String?
    /// `de_DE.UTF-8`.
    public var locale: String?
    /// A layout of the keyboard as X11 calls it, its variant in parentheses: `de`, `us(intl)`.
    public var keyboard: String?
    public var ntpServers: [String]
    /// crypt(5) text; nil: nobody logs in as root with a password.
    public var rootPasswordCrypt: String?
    /// SSH public keys in OpenSSH's one-line form.
    public var rootKeys: [String]
    /// The path of the device to install to; nil until the installer has found the disks.
    public var disk: String?
    /// For the boot from disk.
    public var kernelArguments: [String]
    /// Where the packages are: the medium's tree at a server.
    public var repositoryURL: String?
    /// The network in the installer's own words: lines of Kickstart, netplan's YAML, AutoYaST's `<networking>`, Agama's and
    /// Ignition's JSON, interfaces(5). Empty: as the installer finds it.
    public var network: String
    /// The program that the installer's own hooks run, and what stands before the word that says which hook it is.
    public var hook: [String]

    public init(
        hostname: String, domain: String? = nil, timeZone: String? = nil, locale: String? = nil,
        keyboard: String? = nil, ntpServers: [String] = [], rootPasswordCrypt: String? = nil, rootKeys: [String] = [],
        disk: String? = nil, kernelArguments: [String] = [], repositoryURL: String? = nil, network: String = "",
        hook: [String]
    ) {
        self.hostname = hostname
        self.domain = domain
        self.timeZone = timeZone
        self.locale = locale
        self.keyboard = keyboard
        self.ntpServers = ntpServers
        self.rootPasswordCrypt = rootPasswordCrypt
        self.rootKeys = rootKeys
        self.disk = disk
        self.kernelArguments = kernelArguments
        self.repositoryURL = repositoryURL
        self.network = network
        self.hook = hook
    }
}

/// What an installer's hook asks the agent for.
public enum InstallerHook: String, Sendable, Hashable, CaseIterable {
    /// The drivers are there: the disk is chosen, and the answers that depend on it are written.
    case disk
    /// All is installed, and the machine is about to start anew.
    case finish
}

/// A file by which a machine's answers come to its installer.
public struct AnswerFile: Sendable, Hashable {
    public enum Moment: Sendable, Hashable {
        /// Before the installer's own initramfs runs its first program.
        case start
        /// When ``InstallerHook/disk`` was asked.
        case disk
    }

    public var moment: Moment
    /// As the installer sees it.
    public var path: String
    public var text: String
    public var mode: UInt32

    public init(_ moment: Moment, _ path: String, _ text: String, mode: UInt32 = 0o600) {
        self.moment = moment
        self.path = path
        self.text = text
        self.mode = mode
    }
}
