/// What a part of an expression has as its value.
enum ExpressionValue: Sendable, Hashable {
    case integer(Int)
    case text(String)
    case list([String])

    /// A number, or text that is nothing but a number.
    var integer: Int? {
        switch self {
        case .integer(let number): number
        case .text(let text): text.utf8.first == UInt8(ascii: "+") ? nil : Int(text)
        case .list: nil
        }
    }

    var text: String {
        switch self {
        case .integer(let number): String(number)
        case .text(let text): text
        case .list(let elements): elements.joined(separator: ",")
        }
    }

    /// The value of an attribute, by the attribute's type.
    init(_ text: String, of type: AttributeType) {
        switch type {
        case .integer: self = Int(text).map { .integer($0) } ?? .text(text)
        case .list: self = .list(listElements(text))
        default: self = .text(text)
        }
    }
}
