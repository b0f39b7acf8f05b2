/// Octets for a large file that differ from place to place: a piece in the wrong place is noticed.
package func distinctOctets(_ count: Int) -> [UInt8] {
    // A prime length, so that no block or page looks like another.
    let piece = (0..<4099).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8)) }
    var octets: [UInt8] = []
    while octets.count < count { octets += piece }
    return Array(octets.prefix(count))
}
