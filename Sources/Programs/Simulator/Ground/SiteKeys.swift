import APIClient
import DiskFormats
import MusterBase

/// What machines know of a site: fetched as they fetch it, in the clear, from the member that they were led to.
public enum SiteKeys {
    /// The certificate of the site's authority, as PEM text.
    public static func authority(of member: IPv4Address) async throws -> String {
        let client = try HTTPClient(.http(address: member.description, port: 80))
        defer { client.close() }
        let answer = try await client.request(.GET, "/site/site.cpio")
        guard answer.status == 200 else {
            throw MusterError(.notFound, "\(member) gives no /site/site.cpio: status \(answer.status)")
        }
        var reader = CpioReader(answer.body)
        while let entry = try reader.next() {
            guard entry.path == "etc/muster/site/ca.pem", case .file(let bytes) = entry.content else { continue }
            return String(decoding: bytes, as: UTF8.self)
        }
        throw MusterError(.malformed, "the site.cpio of \(member) has no ca.pem")
    }
}
