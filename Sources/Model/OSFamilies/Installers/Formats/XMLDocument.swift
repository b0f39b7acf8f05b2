import MusterBase

/// A file of XML: one element, and what stands before and behind it.
struct XMLDocument: Sendable, Hashable {
    /// The declaration, the document type, comments.
    var lead: String
    var root: XMLElement
    var tail: String

    /// Deeper files are refused.
    private static let depthLimit = 64

    /// - Parameter name: of the file, for errors.
    /// - Throws: `malformed` for what is no well-formed XML.
    init(_ text: String, in name: String) throws(MusterError) {
        var reader = XMLReader(text: Substring(text), name: name)
        var open: [XMLElement] = []
        var found: XMLElement?
        (lead, tail) = ("", "")
        while let token = try reader.next() {
            switch token {
            case .raw(let raw):
                if open.isEmpty {
                    if found == nil { lead += raw } else { tail += raw }
                } else {
                    open[open.count - 1].children.append(.raw(raw))
                }
            case .start(let element):
                guard found == nil, open.count < Self.depthLimit else {
                    throw reader.error(found == nil ? "elements are nested too deep" : "a second root element")
                }
                open.append(element)
                if reader.isEmptyElement { found = Self.close(&open) }
            case .end(let name):
                guard open.last?.name == name else { throw reader.error("</\(name)> ends no element") }
                found = Self.close(&open)
            }
        }
        guard let found, open.isEmpty else { throw reader.error("an element does not end") }
        root = found
    }

    /// Ends the innermost element. Gives the root when that was the one.
    private static func close(_ open: inout [XMLElement]) -> XMLElement? {
        let element = open.removeLast()
        guard !open.isEmpty else { return element }
        open[open.count - 1].children.append(.element(element))
        return nil
    }

    var text: String {
        var text = lead
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        text += root.text() + tail
        return text.hasSuffix("\n") ? text : text + "\n"
    }
}

/// Takes XML apart. It knows no entities and no internal document types: what it does not take apart it leaves as it is.
private struct XMLReader {
    enum Token {
        case raw(String)
        case start(XMLElement)
        case end(String)
    }

    var text: Substring
    let name: String
    /// Whether the element that began last ended at once: `<a/>`.
    var isEmptyElement = false
    private var line = 1

    init(text: Substring, name: String) {
        self.text = text
        self.name = name
    }

    func error(_ problem: String) -> MusterError {
        MusterError(.malformed, "\(name) is no well-formed XML: \(problem), near line \(line)")
    }

    mutating func next() throws(MusterError) -> Token? {
        guard let first = text.first else { return nil }
        guard first == "<" else {
            let end = text.firstIndex(of: "<") ?? text.endIndex
            return .raw(take(to: end))
        }
        for (lead, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")]
        where text.hasPrefix(lead) {
            guard let range = text.dropFirst(lead.count).firstRange(of: end) else {
                throw error("'\(lead)' does not end")
            }
            return .raw(take(to: range.upperBound))
        }
        let tag = try tag()
        if tag.hasPrefix("/") {
            let name = String(trimmed(tag.dropFirst()))
            return .end(name)
        }
        isEmptyElement = tag.hasSuffix("/")
        let content = isEmptyElement ? tag.dropLast() : tag
        let elementName = content.prefix { !$0.isWhitespace }
        guard MachineAnswers.consists(elementName, of: ":._-") else { throw error("'<' begins no element") }
        let rest = trimmed(content.dropFirst(elementName.count))
        return .start(XMLElement(String(elementName), attributes: rest.isEmpty ? "" : " \(rest)"))
    }

    /// What stands between `<` and `>`; a `>` in quotes does not end it.
    private mutating func tag() throws(MusterError) -> Substring {
        var quote: Character?
        for index in text.indices.dropFirst() {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == ">" {
                return Substring(take(to: text.index(after: index))).dropFirst().dropLast()
            }
        }
        throw error("a tag does not end")
    }

    private mutating func take(to end: Substring.Index) -> String {
        let taken = text[..<end]
        line += taken.count { $0.isNewline }
        text = text[end...]
        return String(taken)
    }
}
