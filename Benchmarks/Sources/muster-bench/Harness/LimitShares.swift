/// How far Muster is from what this machine can do at most: its figures beside those of `limits`, of the same run.
enum LimitShares {
    static let name = "shares"
    static let summary = """
        Muster's figures as a share of a bound that the rows of `limits` give: 100 % would be a server that does nothing \
        but the work named
        """

    private struct Share: Sendable {
        var what: String
        /// The row whose figure is compared.
        var row: String
        /// What the bound is made of, for the reader.
        var bound: String
        /// The bound in the unit of the row, from the rows of `limits`.
        var limit: @Sendable ((String) throws -> Double) throws -> Double
    }

    private static let copy = "copy of 64 MiB in memory"
    private static let datagrams = "datagrams over loopback, there and back"

    private static let shares = [
        Share(
            what: "DHCP exchange", row: "DHCP exchanges, 1000 known nodes",
            bound: "receiving two datagrams and sending two", limit: { try $0(datagrams) }),
        Share(
            what: "TFTP, windowsize 1", row: "TFTP, windowsize 1",
            bound: "sending one datagram and receiving one for each block of 1468 octets",
            limit: { try $0(datagrams) * 2 * 1468 / 1e6 }),
        Share(
            what: "HTTP, 64 MiB file", row: "HTTP, 64 MiB file, server's processor time",
            bound: "one copy in memory", limit: { try 1e6 / $0(copy) }),
        Share(
            what: "HTTPS, 64 MiB file", row: "HTTPS, 64 MiB file, server's processor time",
            bound: "AES-128-GCM and two copies in memory",
            limit: { try 1e6 / $0("AES-128-GCM, records of 16 KiB") + 2e6 / $0(copy) }),
        Share(
            what: "HTTPS, new sessions", row: "HTTPS, new sessions, server's processor time",
            bound: "one P-256 signature and two X25519 operations",
            limit: { try 1e6 / $0("ECDSA P-256 signatures") + 2e6 / $0("X25519 key agreements") }),
        Share(
            what: "host certificates", row: "SSH host certificates on one core", bound: "one Ed25519 signature",
            limit: { try $0("Ed25519 signatures") }),
    ]

    /// - Parameter rows: all that the run has so far.
    static func rows(from rows: [Row]) -> [Row] {
        shares.map { share in
            do {
                guard let row = rows.first(where: { $0.what == share.row }), let own = row.muster?.median, own > 0
                else {
                    throw BenchError("'\(share.row)' was not measured")
                }
                let limit = try share.limit { what in
                    guard let value = rows.first(where: { $0.what == what })?.peers.first?.median, value > 0 else {
                        throw BenchError("'\(what)' was not measured")
                    }
                    return value
                }
                let part = row.better == .higher ? own / limit : limit / own
                return Row(
                    benchmark: name, what: share.what, unit: "%", better: .higher,
                    muster: .init(program: "muster", median: part * 100, rounds: [part * 100]), goal: .none,
                    notes: ["of \(share.bound)"])
            } catch {
                return .failed(share.what, "\(error)", in: name)
            }
        }
    }
}
