import DeploymentModel

/// A profile as it stands in its directory.
public struct ProfileDescription: Codable, Sendable, Hashable {
    public var name: String
    public var label: String?
    public var family: String?
    public var architecture: String?
    public var method: DeploymentMethod?
    /// The version that nodes get now, such as `debian-12@7`.
    public var image: String?
    /// The medium that nodes are installed from.
    public var medium: String?
    public var kernelArguments: String
    /// Scripts by stage, in the order in which they run.
    public var scripts: [String: [String]]
    /// What is wrong with it; empty when nothing is.
    public var problems: [String]

    public init(
        name: String, label: String?, family: String?, architecture: String?, method: DeploymentMethod?,
        image: String?, medium: String? = nil, kernelArguments: String, scripts: [String: [String]], problems: [String]
    ) {
        self.name = name
        self.label = label
        self.family = family
        self.architecture = architecture
        self.method = method
        self.image = image
        self.medium = medium
        self.kernelArguments = kernelArguments
        self.scripts = scripts
        self.problems = problems
    }
}

/// All profiles.
public struct ProfileList: Codable, Sendable, Hashable {
    public var profiles: [ProfileDescription]

    public init(profiles: [ProfileDescription]) { self.profiles = profiles }
}
