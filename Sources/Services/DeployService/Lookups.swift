import BootPolicy
import DeploymentModel
import MusterAPI
import MusterBase

/// Nodes by what machines say of themselves, in constant time and from any thread.
public protocol NodeLookup: Sendable {
    func node(mac: MACAddress) -> String?
    func node(uuid: MachineUUID) -> String?
    /// Nil when there is no such node. Throws when an attribute has no value, such as an expression with an error.
    func settings(of node: String) throws -> NodeSettings?
    /// A node's attributes that have a value, without the secret ones.
    func attributes(of node: String) throws -> [String: String]
    /// Whether a node has this address.
    func isAssigned(_ address: IPv4Address) -> Bool
}

/// What a profile gives to a node that boots it now.
public struct ProfileBoot: Sendable, Hashable {
    /// What comes to the machine.
    public enum System: Sendable, Hashable {
        /// - Parameters:
        ///   - manifest: digest of the bytes of the version's manifest.
        ///   - fill: for the method tethered.
        ///   - disk: for the method `installtodisk`.
        case image(ImageReference, manifest: ContentDigest, fill: RootFill = .none, disk: InstallSettings? = nil)
        case installer(InstallerAssignment)
    }

    public var method: DeploymentMethod
    public var system: System
    public var onbootScripts: [StageScript]
    /// Present for the methods that write to a disk.
    public var install: ProfileInstall?
    /// What the server does in the stages; nil for nothing.
    public var work: StageWork?

    public init(
        method: DeploymentMethod, system: System, onbootScripts: [StageScript], install: ProfileInstall? = nil,
        work: StageWork? = nil
    ) {
        self.method = method
        self.system = system
        self.onbootScripts = onbootScripts
        self.install = install
        self.work = work
    }

    /// Nil for a system that an installer brings.
    public var image: ImageReference? { if case .image(let image, _, _, _) = system { image } else { nil } }

    var installer: InstallerAssignment? { if case .installer(let installer) = system { installer } else { nil } }

    /// For people: `debian-12@7`, or the medium.
    var words: String {
        switch system {
        case .image(let image, _, _, _): image.description
        case .installer(let installer): installer.medium
        }
    }
}

/// What a profile says about its system on a disk.
public struct ProfileInstall: Sendable, Hashable {
    public var kernelArguments: [String]
    public var preScripts: [StageScript]
    public var postScripts: [StageScript]
    public var firstbootScripts: [StageScript]

    public init(
        kernelArguments: [String], preScripts: [StageScript], postScripts: [StageScript],
        firstbootScripts: [StageScript]
    ) {
        self.kernelArguments = kernelArguments
        self.preScripts = preScripts
        self.postScripts = postScripts
        self.firstbootScripts = firstbootScripts
    }

    /// With what is particular to one node.
    func configuration(of node: NodeSettings) -> InstallConfiguration {
        InstallConfiguration(
            diskRule: node.diskRule, mayWipeDisk: node.mayWipeDisk, kernelArguments: kernelArguments,
            preScripts: preScripts, postScripts: postScripts, firstbootScripts: firstbootScripts)
    }
}

/// Profiles as they lie in the state directory now.
public protocol ProfileLookup: Sendable {
    /// Throws `notFound` for a profile that is not there, and says what is wrong with one that cannot be used.
    func boot(_ profile: String) throws -> ProfileBoot
    /// What the chunks of an image are encrypted with, in hexadecimal digits.
    func chunkKey(of image: ImageReference) throws -> Secret<String>
    /// Keeps the order in which a machine read a version, for those that boot it next. One that came a moment after
    /// another is left out.
    ///
    /// - Throws: `invalid_input` for what is no order of the version's chunks.
    func keepBootOrder(_ order: [Int], of image: ImageReference) throws
    /// The processors for which the profile has signed loaders of its medium, as in their names: `x64`, `aa64`. Asked at each
    /// packet of a firmware.
    func signedLoaders(of profile: String) -> [String]
    func descriptions() throws -> [ProfileDescription]
    func description(_ profile: String) throws -> ProfileDescription
}

/// A noderange to names in natural order; no range is every node. The second argument gives the nodes of a set that is
/// no group, by its name.
public typealias RangeExpansion =
    @Sendable (_ range: String?, _ sets: @escaping @Sendable (String) -> [String]?) throws -> [String]
