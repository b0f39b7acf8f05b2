/// The operators' API, on the Unix socket (and later over TLS). All bodies are JSON by ``MusterJSON``; errors are
/// ``Problem`` bodies. A noderange stands in the query item `range`.
public enum OperatorPath {
    /// GET; answers ``ServiceVersion``.
    public static let version = "/api/v1/version"
    /// POST ``ExpandRequest``; answers ``ExpandResponse``.
    public static let expand = "/api/v1/expand"
    /// GET with `range` (absent: all nodes); answers ``NodeList``.
    /// POST ``ChangeRequest`` defines nodes; PATCH ``ChangeRequest`` sets attributes; DELETE with `range` removes.
    public static let nodes = "/api/v1/nodes"
    /// GET with `range` and, each once or more, `attribute` (a name or a pattern with `*`); answers ``AttributeList``.
    public static let nodeAttributes = "/api/v1/node-attributes"
    /// GET answers ``GroupList``; POST, PATCH ``ChangeRequest`` with names in place of a noderange; DELETE with `range`.
    public static let groups = "/api/v1/groups"
    /// As ``nodeAttributes``, for groups.
    public static let groupAttributes = "/api/v1/group-attributes"
    /// GET; answers ``AttributeDefinitionList``.
    public static let attributeDefinitions = "/api/v1/attribute-definitions"
    /// GET; answers ``DiscoveryList``. DELETE with `machine` (MAC or UUID; absent: all) forgets.
    public static let discoveries = "/api/v1/discoveries"
    /// POST ``DiscoveryAssignment``.
    public static let discoveryAssignment = "/api/v1/discoveries/assignment"
    /// GET; answers ``ProfileList``. `profiles/{name}` answers ``ProfileDescription``.
    public static let profiles = "/api/v1/profiles"
    /// POST ``DeployRequest``; answers ``DeployResponse``. DELETE with `range` clears; answers ``DeployResponse``.
    public static let deployments = "/api/v1/deployments"
    /// GET with `range` (absent: all); answers ``StatusList``. For a long poll, `after` (a revision) and `wait`
    /// (seconds, at most 60): answers with only those nodes that changed after that revision, as soon as there is one,
    /// or with none when the time is up.
    public static let status = "/api/v1/status"
    /// GET `trace/{node}`, with `deployment` for an earlier one; answers ``Trace``.
    public static let trace = "/api/v1/trace"
    /// GET `recovery-keys/{node}`; answers ``RecoveryKeyList``.
    public static let recoveryKeys = "/api/v1/recovery-keys"
    /// GET; answers ``ImageUses``: the versions that machines may be reading.
    public static let imageUses = "/api/v1/image-uses"
    /// GET; answers ``CheckReport``: what the service sees of itself.
    public static let check = "/api/v1/check"
    /// GET; answers what the service counts as text, not JSON, in the form and at the path that Prometheus expects.
    public static let metrics = "/metrics"
}
