import MusterBase

/// Chooses addresses of the dynamic range. The choice is kept for a short while, from the offer to the request.
struct DynamicPool: Sendable {
    /// How many addresses are looked at for one request, so that its cost has a bound; the next request goes on from
    /// there.
    static let triesPerRequest = 64
    /// How long an offered address waits for its request.
    static let offerLifetime = Duration.seconds(30)

    let range: DynamicRange
    private var hand: UInt32
    private var offers: [IPv4Address: (mac: MACAddress, until: Timestamp)] = [:]
    private var offerByMAC: [MACAddress: IPv4Address] = [:]

    init(range: DynamicRange) {
        self.range = range
        hand = range.first.rawValue
    }

    /// The address for a machine: the one it has or had, the one that it was offered, or a free one; nil when none was
    /// found.
    mutating func address(
        for mac: MACAddress, leases: LeaseTable, at time: Timestamp, isReserved: (IPv4Address) -> Bool
    ) -> IPv4Address? {
        if let lease = leases.dynamicLease(of: mac), range.contains(lease.address), !isReserved(lease.address) {
            return lease.address
        }
        if let offered = offerByMAC[mac], isFree(offered, for: mac, leases: leases, at: time), !isReserved(offered) {
            offers[offered] = (mac, time + DynamicPool.offerLifetime)
            return offered
        }
        for _ in 0..<min(DynamicPool.triesPerRequest, range.count) {
            let candidate = IPv4Address(rawValue: hand)
            hand = hand == range.last.rawValue ? range.first.rawValue : hand + 1
            guard isFree(candidate, for: mac, leases: leases, at: time), !isReserved(candidate) else { continue }
            note(candidate, for: mac, until: time + DynamicPool.offerLifetime)
            return candidate
        }
        return nil
    }

    private func isFree(_ address: IPv4Address, for mac: MACAddress, leases: LeaseTable, at time: Timestamp) -> Bool {
        if let offer = offers[address], offer.mac != mac, offer.until > time { return false }
        guard let lease = leases.lease(of: address) else { return true }
        return lease.expiresAt <= time
    }

    /// Both tables hold at most one entry an address of the range.
    private mutating func note(_ address: IPv4Address, for mac: MACAddress, until: Timestamp) {
        if let former = offers[address] { offerByMAC[former.mac] = nil }
        if let former = offerByMAC[mac] { offers[former] = nil }
        offers[address] = (mac, until)
        offerByMAC[mac] = address
    }
}
