import APIClient
import DHCPWire
import MusterBase
import NIOCore

/// What members say in the clear that the time is. Nobody vouches for it; see ``ServerContact`` for what it is used
/// for.
struct PlainClock: Sendable {
    let members: MusterVendorOptions
    let group: any EventLoopGroup

    /// The first answer that can be had.
    func time() async -> Timestamp? {
        let told = members.http
        let guessed = members.nodeAPI.map { MusterVendorOptions.Endpoint(address: $0.address, port: 80) }
        for endpoint in told.isEmpty ? guessed : told {
            let server = ServerEndpoint.http(address: endpoint.address.description, port: Int(endpoint.port))
            let settings = HTTPClientSettings(bodyLimit: 64 << 10)
            guard let client = try? HTTPClient(server, settings: settings, group: group),
                let answer = try? await client.request(.GET, "/site/site.cpio", headers: ["range": "bytes=0-0"]),
                let date = answer.headers.first(name: "date"), let time = HTTPDate.parse(date)
            else { continue }
            return time
        }
        return nil
    }
}
