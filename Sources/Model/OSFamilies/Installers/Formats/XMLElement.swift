/// An element of XML, as much of it as it takes to change a file that somebody wrote and leave the rest as it is:
/// attributes, text and comments are kept as they stand.
struct XMLElement: Sendable, Hashable {
    enum Node: Sendable, Hashable {
        case element(XMLElement)
        /// Text, comments, CDATA and the like, as they stand in the file.
        case raw(String)
    }

    var name: String
    /// With the blank in front: ` config:type="list"`; empty for none.
    var attributes = ""
    var children: [Node] = []

    init(_ name: String, attributes: String = "", _ children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes
        self.children = children.map { .element($0) }
    }

    /// An element with a text.
    init(_ name: String, text: String) {
        self.name = name
        children = [.raw(Self.escaped(text))]
    }

    /// An element of AutoYaST that says of which type its value is.
    init(_ name: String, type: String, text: String) {
        self.init(name, text: text)
        attributes = Self.typed(type)
    }

    /// A list of AutoYaST.
    init(list name: String, _ children: [XMLElement]) {
        self.init(name, attributes: Self.typed("list"), children)
    }

    private static func typed(_ type: String) -> String { " config:type=\"\(type)\"" }

    var elements: [XMLElement] {
        children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    subscript(name: String) -> XMLElement? { elements.first { $0.name == name } }

    /// The text of an element without elements, as it stands in the file.
    var rawText: String {
        String(trimmed(children.map { if case .raw(let text) = $0 { text } else { "" } }.joined()))
    }

    /// Adds an element, in the place of those of its name.
    mutating func set(_ element: XMLElement) {
        children.removeAll { if case .element(let other) = $0 { other.name == element.name } else { false } }
        append(element)
    }

    mutating func append(_ element: XMLElement) { children.append(.element(element)) }

    mutating func prepend(_ element: XMLElement) { children.insert(.element(element), at: 0) }

    /// Changes the first element of a name that a condition holds for; nothing without one.
    mutating func change(
        _ name: String, where condition: (XMLElement) -> Bool = { _ in true }, _ body: (inout XMLElement) -> Void
    ) {
        for (index, child) in children.enumerated() {
            guard case .element(var element) = child, element.name == name, condition(element) else { continue }
            body(&element)
            children[index] = .element(element)
            return
        }
    }

    /// The same for all that are there, at any depth.
    mutating func changeAll(_ name: String, _ body: (inout XMLElement) -> Void) {
        for (index, child) in children.enumerated() {
            guard case .element(var element) = child else { continue }
            element.changeAll(name, body)
            if element.name == name { body(&element) }
            children[index] = .element(element)
        }
    }

    /// Text for between elements and in attributes. Characters that XML has no form for are left out.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case "\r": escaped += "&#13;"
            case _ where scalar.value < 0x20 || [0xFFFE, 0xFFFF].contains(scalar.value): break
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// As text. Elements that hold only elements are indented.
    func text(indentation: Int = 0) -> String {
        guard !children.isEmpty else { return "<\(name)\(attributes)/>" }
        let isMixed = children.contains { if case .raw(let text) = $0 { !trimmed(text).isEmpty } else { false } }
        let holdsElements = !elements.isEmpty
        var inner = ""
        if holdsElements {
            let blank = "\n" + String(repeating: " ", count: indentation + 2)
            for child in children {
                switch child {
                case .element(let element): inner += blank + element.text(indentation: indentation + 2)
                case .raw(let text) where isMixed && !trimmed(text).isEmpty: inner += blank + trimmed(text)
                case .raw: break
                }
            }
            inner += "\n" + String(repeating: " ", count: indentation)
        } else {
            for case .raw(let text) in children { inner += text }
        }
        return "<\(name)\(attributes)>\(inner)</\(name)>"
    }
}
