import DeploymentModel
import MusterBase

extension Deployment: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.member("agent_events", agentEvents)
            writer.member("armed_at", text: armedAt)
            writer.member("armed_by", armedBy)
            writer.member("failure", failure)
            writer.member("finished_at", text: finishedAt)
            writer.member("former_key_digest", text: formerKeyDigest)
            writer.member("id", id)
            writer.member("image", image)
            writer.member("key_digest", text: keyDigest)
            writer.member("key_grant_open", keyGrantOpen)
            writer.member("last_event_at", text: lastEventAt)
            writer.member("last_step", lastStep)
            writer.member("method", method.rawValue)
            writer.member("node", node)
            writer.member("profile", profile)
            writer.member("progress", progress)
            writer.member("staged_at", text: stagedAt)
            writer.member("started_at", text: startedAt)
            writer.member("state", state.rawValue)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var fields = DeploymentFields()
        try reader.object { (reader, key) throws(DirectJSONFault) in try fields.read(key, from: &reader) }
        guard let id = fields.id, let node = fields.node, let profile = fields.profile, let method = fields.method,
            let state = fields.state, let armedAt = fields.armedAt, let armedBy = fields.armedBy,
            let keyGrantOpen = fields.keyGrantOpen, let agentEvents = fields.agentEvents
        else { throw DirectJSONFault() }
        self.init(
            id: id, node: node, profile: profile, method: method, image: fields.image, armedAt: armedAt,
            armedBy: armedBy)
        self.state = state
        startedAt = fields.startedAt
        finishedAt = fields.finishedAt
        lastEventAt = fields.lastEventAt
        lastStep = fields.lastStep
        progress = fields.progress
        failure = fields.failure
        self.keyGrantOpen = keyGrantOpen
        keyDigest = fields.keyDigest
        formerKeyDigest = fields.formerKeyDigest
        self.agentEvents = agentEvents
        stagedAt = fields.stagedAt
    }
}

/// What was read of a deployment so far.
private struct DeploymentFields {
    var id: String?
    var node: String?
    var profile: String?
    var method: DeploymentMethod?
    var image: String?
    var state: DeploymentState?
    var armedAt: Timestamp?
    var armedBy: String?
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    var lastEventAt: Timestamp?
    var lastStep: String?
    var progress: Int?
    var failure: String?
    var keyGrantOpen: Bool?
    var keyDigest: ContentDigest?
    var formerKeyDigest: ContentDigest?
    var agentEvents: Int?
    var stagedAt: Timestamp?

    mutating func read(_ key: String, from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        switch key {
        case "id": id = try reader.string()
        case "node": node = try reader.string()
        case "profile": profile = try reader.string()
        case "method": method = try reader.text { DeploymentMethod(rawValue: $0) }
        case "image": image = try reader.optionalString()
        case "state": state = try reader.text { DeploymentState(rawValue: $0) }
        case "armed_at": armedAt = try reader.timestamp()
        case "armed_by": armedBy = try reader.string()
        case "staged_at": stagedAt = try reader.timestamp()
        case "started_at": startedAt = try reader.timestamp()
        case "finished_at": finishedAt = try reader.timestamp()
        case "last_event_at": lastEventAt = try reader.timestamp()
        case "last_step": lastStep = try reader.optionalString()
        case "progress":
            progress = try reader.optional { (reader) throws(DirectJSONFault) in Int(try reader.integer()) }
        case "failure": failure = try reader.optionalString()
        case "key_grant_open": keyGrantOpen = try reader.bool()
        case "key_digest": keyDigest = try digest(from: &reader)
        case "former_key_digest": formerKeyDigest = try digest(from: &reader)
        case "agent_events": agentEvents = Int(try reader.integer())
        default: try reader.skip()
        }
    }

    private func digest(from reader: inout DirectJSONReader) throws(DirectJSONFault) -> ContentDigest? {
        try reader.optional { (reader) throws(DirectJSONFault) in try reader.text { ContentDigest($0) } }
    }
}
