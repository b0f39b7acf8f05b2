import DeploymentModel
import MusterBase

extension StatusList: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.key("nodes")
            writer.array(nodes) { $1.write(to: &$0) }
            writer.member("revision", revision)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var nodes: [Status]?
        var revision: Int64?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "nodes": nodes = try reader.array { (reader) throws(DirectJSONFault) in try Status(from: &reader) }
            case "revision": revision = try reader.integer()
            default: try reader.skip()
            }
        }
        guard let nodes, let revision else { throw DirectJSONFault() }
        self.init(nodes: nodes, revision: revision)
    }
}

extension StatusList.Status: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.member("alive", alive)
            if let deployment {
                writer.key("deployment")
                deployment.write(to: &writer)
            }
            writer.member("diagnosis", diagnosis)
            writer.member("last_heartbeat", text: lastHeartbeat)
            writer.member("node", node)
            writer.member("running", text: running)
            if let tethered { writer.member("tethered", tethered) }
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var node: String?
        var deployment: Deployment?
        var running: ImageReference?
        var lastHeartbeat: Timestamp?
        var alive: Bool?
        var tethered: Bool?
        var diagnosis: String?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "node": node = try reader.string()
            case "alive": alive = try reader.bool()
            case "deployment":
                deployment = try reader.optional { (reader) throws(DirectJSONFault) in try Deployment(from: &reader) }
            case "running":
                running = try reader.optional { (reader) throws(DirectJSONFault) in
                    try reader.text { ImageReference($0) }
                }
            case "last_heartbeat": lastHeartbeat = try reader.timestamp()
            case "tethered":
                tethered = try reader.optional { (reader) throws(DirectJSONFault) in try reader.bool() }
            case "diagnosis": diagnosis = try reader.optionalString()
            default: try reader.skip()
            }
        }
        guard let node, let alive else { throw DirectJSONFault() }
        self.init(
            node: node, deployment: deployment, running: running, lastHeartbeat: lastHeartbeat, alive: alive,
            tethered: tethered, diagnosis: diagnosis)
    }
}

extension DirectJSONReader {
    package mutating func timestamp() throws(DirectJSONFault) -> Timestamp? {
        try optional { (reader) throws(DirectJSONFault) in try reader.text { Timestamp($0) } }
    }

    package mutating func optionalString() throws(DirectJSONFault) -> String? {
        try optional { (reader) throws(DirectJSONFault) in try reader.string() }
    }
}
