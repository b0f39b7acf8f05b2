import MusterBase
import Synchronization

/// All attributes there are.
public final class AttributeRegistry: Sendable {
    /// Muster's own attributes, as `docs/reference/attributes.md` lists them.
    public static let standard = AttributeRegistry(AttributeDefinition.standard)

    /// In the order in which they are documented.
    public let definitions: [AttributeDefinition]
    private let patterns: [AttributeDefinition]
    private let attributes: Mutex<[String: Attribute]>
    /// Attributes that a store holds and this version does not define.
    private let foreign = Mutex<[String: Attribute]>([:])

    public init(_ definitions: [AttributeDefinition]) {
        self.definitions = definitions
        patterns = definitions.filter(\.isPattern)
        let plain = definitions.filter { !$0.isPattern }.map { ($0.name, Attribute(name: $0.name, definition: $0)) }
        attributes = Mutex(Dictionary(plain) { first, _ in first })
    }

    /// The attribute of that name; nil when there is none.
    public func find(_ name: String) -> Attribute? {
        if let known = attributes.withLock({ $0[name] }) { return known }
        guard name.utf8.count <= 253, let definition = patterns.first(where: { $0.matches(name) }) else { return nil }
        return attributes.withLock { attributes in
            if let known = attributes[name] { return known }
            let made = Attribute(name: name, definition: definition)
            attributes[name] = made
            return made
        }
    }

    /// The attribute of that name.
    ///
    /// - Throws: ``MusterError`` with code `invalidInput` that names the closest attributes there are.
    public func attribute(_ name: String) throws(MusterError) -> Attribute {
        if let found = find(name) { return found }
        if let pattern = patterns.first(where: { $0.adapted(to: name) == name }) {
            throw MusterError(
                .invalidInput,
                "there is no attribute '\(name.prefix(80))': what stands for <…> in \(pattern.name) is of letters, digits, "
                    + "'-' and '_', ends with a letter or digit, and has at most 64 characters")
        }
        let close = closest(to: name)
        let hint = close.isEmpty ? "" : "; did you mean \(close.joined(separator: " or "))?"
        throw MusterError(
            .invalidInput, "there is no attribute '\(name.prefix(80))'\(hint)",
            advice: close.isEmpty ? "own attributes begin with 'custom.'" : nil)
    }

    /// Stands for a name that a store holds and this version does not define.
    func foreign(_ name: String) -> Attribute {
        foreign.withLock { known in
            if let attribute = known[name] { return attribute }
            let definition = AttributeDefinition(name, .string, "Not known to this version.", example: "")
            let made = Attribute(name: name, definition: definition)
            known[name] = made
            return made
        }
    }

    /// Up to three names that differ little from `name`.
    func closest(to name: String) -> [String] {
        guard name.utf8.count <= 80 else { return [] }
        let limit = max(2, name.utf8.count / 3)
        let ranked = definitions.map { definition in
            let candidate = definition.adapted(to: name)
            return (candidate, editDistance(Array(name.utf8), Array(candidate.utf8)))
        }
        // Where one name is a slip of the finger away, those that are far off are no help.
        let best = ranked.map(\.1).min() ?? 0
        var names: [String] = []
        let most = min(limit, best < 2 ? best : best + 1)
        for (candidate, distance) in ranked.sorted(by: { $0.1 < $1.1 }) where distance <= most {
            if !names.contains(candidate) { names.append(candidate) }
        }
        return Array(names.prefix(3))
    }
}

extension AttributeDefinition {
    /// The name with its open components taken from another name, as far as that has them.
    fileprivate func adapted(to other: String) -> String {
        guard isPattern else { return name }
        let parts = other.split(separator: ".", omittingEmptySubsequences: false)
        let adapted = components.enumerated().map { index, component in
            component.hasPrefix("<") && index < parts.count && !parts[index].isEmpty ? parts[index] : component
        }
        guard components.last?.hasPrefix("<") == true else { return adapted.joined(separator: ".") }
        // The last may stand for several.
        return (adapted + parts.dropFirst(adapted.count)).joined(separator: ".")
    }
}

/// How many octets must be put in, taken out, replaced or swapped with their neighbour to get from one to the other.
package func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var cost = min(current[column] + 1, last[column + 1] + 1, last[column] + (byte == other ? 0 : 1))
            if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
