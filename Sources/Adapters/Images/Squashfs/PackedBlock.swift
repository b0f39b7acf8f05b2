/// A block as it stands in a file system.
struct PackedBlock: Sendable {
    let key: BlockKey
    /// Nil when compressing did not make it shorter: it is stored as it is.
    let compressed: [UInt8]?
    /// ``BlockSum`` of the compressed octets.
    let sum: UInt64
}
