import MusterBase

extension NodeList: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.key("nodes")
            writer.array(nodes) { $1.write(to: &$0) }
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var nodes: [Node]?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "nodes": nodes = try reader.array { (reader) throws(DirectJSONFault) in try Node(from: &reader) }
            default: try reader.skip()
            }
        }
        guard let nodes else { throw DirectJSONFault() }
        self.init(nodes: nodes)
    }
}

extension NodeList.Node: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) {
        writer.object { writer in
            writer.member("address", text: address)
            writer.key("groups")
            writer.array(groups) { $0.value($1) }
            writer.member("mac", text: mac)
            writer.member("name", name)
        }
    }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        var name: String?
        var groups: [String]?
        var address: IPv4Network?
        var mac: MACAddress?
        try reader.object { (reader, key) throws(DirectJSONFault) in
            switch key {
            case "name": name = try reader.string()
            case "groups": groups = try reader.array { (reader) throws(DirectJSONFault) in try reader.string() }
            case "address":
                address = try reader.optional { (reader) throws(DirectJSONFault) in try reader.text { IPv4Network($0) }
                }
            case "mac":
                mac = try reader.optional { (reader) throws(DirectJSONFault) in try reader.text { MACAddress($0) } }
            default: try reader.skip()
            }
        }
        guard let name, let groups else { throw DirectJSONFault() }
        self.init(name: name, groups: groups, address: address, mac: mac)
    }
}
