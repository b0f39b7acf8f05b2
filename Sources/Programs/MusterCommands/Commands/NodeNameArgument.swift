import ArgumentParser

/// Throws unless the text can be the name of one node.
///
/// - Parameter command: as it is called, for the message.
func checkNodeName(_ node: String, for command: String) throws {
    let isName = node.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
    guard isName, !node.isEmpty else {
        throw ValidationError("\(command) takes one node, by its name, such as n1: '\(printable(node))' is none")
    }
}
