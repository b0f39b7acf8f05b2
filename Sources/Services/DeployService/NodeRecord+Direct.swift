import DeploymentModel
import MusterAPI
import MusterBase

extension NodeRecord: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.key("deployment")
            deployment.write(to: &writer)
            writer.key("earlier")
            writer.array(earlier) { $0.value($1) }
            writer.member("former_image", formerImage)
            if let refusals {
                writer.key("refusals")
                refusals.write(to: &writer)
            }
            writer.member("stored_events", storedEvents)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var deployment: Deployment?
        var earlier: [String]?
        var storedEvents: Int?
        var refusals: [Refusal]?
        var formerImage: String?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "deployment": deployment = try Deployment(from: &reader)
            case "earlier": earlier = try reader.array { (reader) throws(DirectJSONFault) in try reader.string() }
            case "stored_events": storedEvents = Int(try reader.integer())
            case "former_image": formerImage = try reader.optionalString()
            case "refusals":
                refusals = try reader.optional { (reader) throws(DirectJSONFault) in try Array(from: &reader) }
            default: try reader.skip()
            }
        }
        guard let deployment, let earlier, let storedEvents else { throw DirectJSONFault() }
        self.init(
            deployment: deployment, earlier: earlier, storedEvents: storedEvents, refusals: refusals,
            formerImage: formerImage)
    }
}

extension Refusal: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.member("count", count)
            writer.member("key", key)
            writer.member("last", text: last)
            writer.member("message", message)
            writer.member("step", step)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var message: String?
        var count: Int?
        var last: Timestamp?
        var step: String?
        var key: String?
        try reader.object { (reader, name) throws(DirectJSONFault) in
            switch name {
            case "message": message = try reader.string()
            case "count": count = Int(try reader.integer())
            case "last": last = try reader.timestamp()
            case "step": step = try reader.optionalString()
            case "key": key = try reader.optionalString()
            default: try reader.skip()
            }
        }
        guard let message, let count, let last else { throw DirectJSONFault() }
        self.init(message: message, count: count, last: last, step: step, key: key)
    }
}
