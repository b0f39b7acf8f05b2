/// A value that must not reach logs, arguments or error messages: printing it shows nothing of it.
///
/// It is not `Codable` on purpose: what writes a secret somewhere calls ``reveal()`` and shows by that where it goes.
public struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    public init(_ value: Value) { self.value = value }

    /// The value itself. Each call is a place for a reviewer to look at.
    public func reveal() -> Value { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
