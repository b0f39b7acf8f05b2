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
    /// Whether a node has this address.
    func isAssigned(_ address: IPv4Address) -> Bool
}

/// What a profile gives to a node that boots it now.
public struct ProfileBoot: Sendable, Hashable {
    public var method: DeploymentMethod
    public var image: ImageReference
    /// Of the bytes of the version's manifest.
    public var manifestDigest: ContentDigest
    public var onbootScripts: [StageScript]
    /// For the method tethered.
    public var fill: RootFill
    /// Present for the method `installtodisk` alone.
    public var install: ProfileInstall?

    public init(
        method: DeploymentMethod, image: ImageReference, manifestDigest: ContentDigest, onbootScripts: [StageScript],
        fill: RootFill = .none, install: ProfileInstall? = nil
    ) {
        self.method = method
        self.image = image
        self.manifestDigest = manifestDigest
        self.onbootScripts = onbootScripts
        self.fill = fill
        self.install = install
    }
}

/// What a profile says about its system on a disk.
public struct ProfileInstall: Sendable, Hashable {
    public var settings: InstallSettings
    public var kernelArguments: [String]
    public var preScripts: [StageScript]
    public var postScripts: [StageScript]
    public var firstbootScripts: [StageScript]

    public init(
        settings: InstallSettings, kernelArguments: [String], preScripts: [StageScript], postScripts: [StageScript],
        firstbootScripts: [StageScript]
    ) {
        self.settings = settings
        self.kernelArguments = kernelArguments
        self.preScripts = preScripts
        self.postScripts = postScripts
        self.firstbootScripts = firstbootScripts
    }

    /// With what is particular to one node.
    func configuration(of node: NodeSettings) -> InstallConfiguration {
        InstallConfiguration(
            settings: settings, diskRule: node.diskRule, mayWipeDisk: node.mayWipeDisk,
            kernelArguments: kernelArguments, preScripts: preScripts, postScripts: postScripts,
            firstbootScripts: firstbootScripts)
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
    func descriptions() throws -> [ProfileDescription]
    func description(_ profile: String) throws -> ProfileDescription
}

/// A noderange to names in natural order; no range is every node. The second argument gives the nodes of a set that is
/// no group, by its name.
public typealias RangeExpansion =
    @Sendable (_ range: String?, _ sets: @escaping @Sendable (String) -> [String]?) throws -> [String]
