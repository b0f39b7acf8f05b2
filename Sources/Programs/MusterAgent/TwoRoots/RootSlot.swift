/// One of the two roots on a disk with the layout `ab`.
package enum RootSlot: String, Codable, Sendable, CaseIterable {
    case a
    case b

    package var other: RootSlot { self == .a ? .b : .a }
}
