import DeploymentModel
import MusterBase

extension EventReport: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.member("deployment", deployment)
            writer.key("events")
            events.write(to: &writer)
            writer.member("first_number", firstNumber)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var deployment: String?
        var firstNumber: Int?
        var events: [TraceEvent]?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "deployment": deployment = try reader.string()
            case "first_number": firstNumber = Int(try reader.integer())
            case "events": events = try Array(from: &reader)
            default: try reader.skip()
            }
        }
        guard let deployment, let firstNumber, let events else { throw DirectJSONFault() }
        self.init(deployment: deployment, firstNumber: firstNumber, events: events)
    }
}

extension TraceEvent: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.member("message", message)
            writer.member("progress", progress)
            writer.member("source", source.rawValue)
            writer.member("status", status.rawValue)
            writer.member("step", step)
            writer.member("time", text: time)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var time: Timestamp?
        var source: TraceSource?
        var step: String?
        var status: TraceStatus?
        var message: String?
        var progress: Int?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "time": time = try reader.timestamp()
            case "source": source = try reader.text { TraceSource(rawValue: $0) }
            case "step": step = try reader.string()
            case "status": status = try reader.text { TraceStatus(rawValue: $0) }
            case "message": message = try reader.string()
            case "progress":
                progress = try reader.optional { (reader) throws(DirectJSONFault) in Int(try reader.integer()) }
            default: try reader.skip()
            }
        }
        guard let time, let source, let step, let status, let message else { throw DirectJSONFault() }
        self.init(time: time, source: source, step: step, status: status, message: message, progress: progress)
    }
}
